import { script } from "./script.ts";

/**
 * Completion for bash 4.2 and later, with or without the bash-completion package. It runs the program that is being
 * completed, so it works with every version. The name of the function is upstream's, because users complete aliases with
 * it.
 */
export const bashScript = script`# Completion of kubeadm for bash.
#
# In the running shell:  source <(kubeadm completion bash)
# In every shell:        kubeadm completion bash > /etc/bash_completion.d/kubeadm

__start_kubeadm() {
    COMPREPLY=()
    # Bash splits words at "=" and ":" too; here they are as the program will get them.
    local rest=\${COMP_LINE:0:COMP_POINT} trimmed word i
    local -a words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        trimmed=\${rest#"\${rest%%[![:space:]]*}"}
        word=\${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || word=$trimmed
        if ((i == 0)) || [[ $trimmed != "$rest" ]]; then
            words+=("")
        fi
        words[\${#words[@]} - 1]+=$word
        rest=\${trimmed#"$word"}
    done
    words=("\${words[@]//[\"\'\\]/}")
    local current=\${words[\${#words[@]} - 1]}

    local program=\${words[0]} line
    [[ $program != "~/"* ]] || program=$HOME/\${program#"~/"}
    type -P -- "$program" >/dev/null || program=kubeadm
    local -a lines=()
    while IFS= read -r line; do
        lines+=("$line")
    done < <(command "$program" __complete -- "\${words[@]:1}" 2>/dev/null)
    ((\${#lines[@]} >= 2)) || return 0
    local kind=\${lines[0]} prefix=\${lines[1]}

    # What readline leaves as it is: all up to the last character that it breaks words at.
    local kept="" breaks=\${COMP_WORDBREAKS//[^=:]/}
    [[ -z $breaks || $current != *[$breaks]* ]] || kept=\${current%"\${current##*[$breaks]}"}

    local -a values=()
    case $kind in
    files | directories)
        local action=-f
        [[ $kind == files ]] || action=-d
        while IFS= read -r line; do
            values+=("$prefix$line")
        done < <(compgen "$action" -- "\${current#"$prefix"}")
        compopt -o filenames 2>/dev/null
        ;;
    *)
        for line in "\${lines[@]:2}"; do
            values+=("$prefix\${line%%$'\t'*}")
        done
        [[ $kind == words ]] || compopt -o nospace 2>/dev/null
        ;;
    esac
    for line in "\${values[@]}"; do
        COMPREPLY+=("\${line#"$kept"}")
    done
}

complete -F __start_kubeadm kubeadm
`;
