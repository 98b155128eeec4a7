import { script } from "./script.ts";

/** Completion for zsh 5.2 and later, with descriptions. It runs the program that is being completed. */
export const zshScript = script`#compdef kubeadm
# Completion of kubeadm for zsh.
#
# In the running shell:  source <(kubeadm completion zsh)
# In every shell:        kubeadm completion zsh > "\${fpath[1]}/_kubeadm"

_kubeadm() {
    local program=\${(Q)words[1]} line kind prefix value
    local -a lines values
    program=\${program/#\~\//$HOME/}
    whence -p -- "$program" >/dev/null || program=kubeadm
    # The dot keeps empty lines at the end, which a substitution drops.
    lines=("\${(@f)$(command "$program" __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null; print .)}")
    lines[-1]=()
    (( $#lines >= 2 )) || return 1
    kind=$lines[1] prefix=$lines[2]
    [[ -z $prefix ]] || compset -P "\${(b)prefix}"
    case $kind in
    files) _files ;;
    directories) _files -/ ;;
    *)
        for line in "\${(@)lines[3,-1]}"; do
            value=\${\${line%%$'\t'*}//:/\\:}
            if [[ $line == *$'\t'* ]]; then
                values+=("$value:\${line#*$'\t'}")
            else
                values+=("$value")
            fi
        done
        if [[ $kind == open ]]; then
            _describe -t values value values -S ''
        else
            _describe -t values value values
        fi
        ;;
    esac
}

if [[ $funcstack[1] == _kubeadm ]]; then
    _kubeadm "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
    compdef _kubeadm kubeadm
fi
`;
