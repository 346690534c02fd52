using System.Diagnostics;

namespace TransferLearning.Tests;

/// <summary>
/// The TensorFlow.js models of the npm package nsfwjs 4.3.0, fetched once and unwrapped from the scripts they are published as. Without
/// npm, or where it does not reach a registry, tests that need them are skipped.
/// </summary>
public sealed class NsfwJsPackage : IDisposable
{
    private const string Unwrap = """
        const fs = require("fs"), path = require("path"), [from, to] = process.argv.slice(1);
        const model = require(path.resolve(from, "model.min.js"));
        fs.writeFileSync(path.join(to, "model.json"), JSON.stringify(model));
        for (const group of model.weightsManifest)
            for (const shard of group.paths)
                fs.writeFileSync(path.join(to, path.basename(shard)), Buffer.from(require(path.resolve(from, shard + ".min.js")), "base64"));
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly string _folder = Directory.CreateTempSubdirectory("nsfwjs").FullName;
    private readonly Lazy<string?> _failure;

    public NsfwJsPackage() => _failure = new(Fetch);

    /// <summary>The model.json of a model; skips the running test when it could not be had.</summary>
    public string Model(string name)
    {
        Assert.SkipWhen(_failure.Value is not null, $"The npm package nsfwjs 4.3.0 could not be had: {_failure.Value}");
        string target = Path.Combine(_folder, name);
        if (!Directory.Exists(target))
        {
            Directory.CreateDirectory(target);
            string? failure = Run("node", "-e", Unwrap, Path.Combine(_folder, "package", "dist", "models", name), target);
            Assert.Null(failure);
        }

        return Path.Combine(target, "model.json");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string? Fetch()
        => Run("node", "--version") ?? Run("npm", "pack", "--silent", "nsfwjs@4.3.0") ?? Run("tar", "-xzf", "nsfwjs-4.3.0.tgz");

    private string? Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = _folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                return $"{program} took more than {Patience}";
            }

            return process.ExitCode == 0 ? null : $"{program} ended with {process.ExitCode}: {errors.Result.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return exception.Message;
        }
    }
}
