import { script } from "./script.ts";

/** Completion for fish 3.0 and later, with descriptions. It runs the program that is being completed. */
export const fishScript = script`# Completion of kubeadm for fish.
#
# In the running shell:  kubeadm completion fish | source
# In every shell:        kubeadm completion fish > ~/.config/fish/completions/kubeadm.fish

function __kubeadm_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct | string unescape)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -e words[1]
    type -fq -- $program; or set program kubeadm
    set -l lines (command $program __complete -- $words "$current" 2>/dev/null)
    test (count $lines) -ge 2; or return
    set -l kind $lines[1]
    set -l prefix $lines[2]
    set -e lines[1..2]
    switch $kind
        case files
            set lines (__fish_complete_path (string replace -- "$prefix" '' "$current"))
        case directories
            set lines (__fish_complete_directories (string replace -- "$prefix" '' "$current") '')
    end
    for line in $lines
        printf '%s\n' $prefix$line
    end
end

complete -c kubeadm -e
complete -c kubeadm -f -a '(__kubeadm_complete)'
`;
