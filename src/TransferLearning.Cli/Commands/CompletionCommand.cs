using System.CommandLine;

namespace TransferLearning.Cli;

/// <summary>Prints what teaches a shell to complete the tool's words.</summary>
internal sealed class CompletionCommand : ToolSubcommand
{
    private const string Bash = """
        _tl() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(tl "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _tl tl
        """;

    private const string Zsh = """
        _tl() {
            local -a found
            found=("${(@f)$(tl "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
            compadd -a found
            _files
        }
        compdef _tl tl
        """;

    private const string Fish = """
        complete -c tl -a '(set -l line (commandline -cp); tl "[suggest:"(string length -- $line)"]" $line 2>/dev/null)'
        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName tl -ScriptBlock {
            param($word, $line, $position)
            tl "[suggest:$position]" "$line" 2>$null | Where-Object { $_ -like "$word*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    private readonly Argument<string> _shell = new("shell") { Description = "bash, zsh, fish or pwsh." };

    public CompletionCommand()
        : base(
            "completion",
            "Print a script that completes commands and options. bash: eval \"$(tl completion bash)\" in ~/.bashrc; zsh the same in "
                + "~/.zshrc; fish: tl completion fish > ~/.config/fish/completions/tl.fish; pwsh: tl completion pwsh | Out-String | "
                + "Invoke-Expression in $PROFILE.")
    {
        Arguments.Add(_shell);
        _shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
    }

    private protected override int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        string script = line.GetValue(_shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            "fish" => Fish,
            _ => PowerShell,
        };
        terminal.Result(script, new { Script = script });
        return ExitCode.Success;
    }
}
