import { script } from "./script.ts";

/**
 * Completion for PowerShell 7, with descriptions. It runs the program that is being completed. Words are read from the
 * line itself, because PowerShell's own elements end at commas and omit a word that is still empty.
 */
export const powershellScript = script`# Completion of kubeadm for PowerShell 7.
#
# In the running shell:  kubeadm completion powershell | Out-String | Invoke-Expression
# In every shell:        kubeadm completion powershell >> $PROFILE

Register-ArgumentCompleter -Native -CommandName kubeadm -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $line = $commandAst.Extent.StartScriptPosition.GetFullScript()
    $start = $commandAst.CommandElements[0].Extent.StartOffset
    $end = [Math]::Min($cursorPosition, $line.Length)
    $typed = $line.Substring($start, $end - $start) -replace '\`\r?\n', ' '
    $found = @([regex]::Matches($typed, '(?:''[^'']*''?|"[^"]*"?|\`.|\S)+'))
    $words = @($found | ForEach-Object { $_.Value -replace '[''"\`]' })
    if ($found[-1].Index + $found[-1].Length -lt $typed.Length) { $words += '' }
    $current = $words[-1]

    $program = Get-Command -Name $words[0] -CommandType Application -TotalCount 1 -ErrorAction Ignore
    if (-not $program) { $program = 'kubeadm' }
    $arguments = @('__complete', '--') + @($words | Select-Object -Skip 1)
    # Versions before 7.3 leave out an empty argument.
    if ($current -eq '' -and $PSVersionTable.PSVersion -lt '7.3') { $arguments[-1] = '""' }
    $lines = @(& $program @arguments 2>$null)
    # Where nothing at all is returned, files are offered.
    if ($lines.Count -lt 2) { return '' }
    $kind, $prefix = $lines[0, 1]

    # What stands before the part that PowerShell replaces: all up to the last comma of a list.
    $replaced = $wordToComplete -replace '[''"\`]'
    $kept = ''
    if ($current.EndsWith($replaced)) { $kept = $current.Substring(0, $current.Length - $replaced.Length) }

    $results = if ($kind -in 'files', 'directories') {
        [System.Management.Automation.CompletionCompleters]::CompleteFilename($current.Substring($prefix.Length)) |
            Where-Object { $kind -eq 'files' -or $_.ResultType -eq 'ProviderContainer' }
    } else {
        $lines | Select-Object -Skip 2 | ForEach-Object {
            $value, $description = $_ -split "\`t", 2
            if (-not $description) { $description = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
        }
    }
    if (-not $results) { return '' }
    foreach ($result in $results) {
        $text = $prefix + $result.CompletionText
        if ($text.StartsWith($kept)) { $text = $text.Substring($kept.Length) }
        [System.Management.Automation.CompletionResult]::new(
            $text, $result.ListItemText, $result.ResultType, $result.ToolTip)
    }
}
`;
