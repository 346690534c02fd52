using TransferLearning.Exchange.Tests;

namespace TransferLearning.Cli.Tests;

/// <summary>A folder with what the commands of README's table name: the samples' own files, and a checkpoint that Python writes.</summary>
public sealed class ReadmeFiles : IDisposable
{
    public ReadmeFiles()
    {
        string samples = Path.Combine(ToolRun.Repository, "samples"), texts = Path.Combine(samples, "TextClassification");
        File.Copy(Path.Combine(samples, "QuickStart", "emoji.zip"), At("images.zip"));
        File.Copy(Path.Combine(texts, "questions.tsv"), At("questions.tsv"));
        Directory.CreateSymbolicLink(At("bert"), Path.Combine(texts, "bert-definitions"));
        string weights = Path.Combine(samples, "QuickStart", "resnet20-cifar10.safetensors");
        Assert.Equal(0, ToolRun.In(Folder, "convert", weights, "resnet20.pth").ExitCode);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("tl-readme-").FullName;

    /// <summary>A file of the folder.</summary>
    public string At(string name) => Path.Combine(Folder, name);

    /// <summary>Has PyTorch save a training after its first epoch; skips the test where there is no PyTorch.</summary>
    public void WriteCheckpoint()
    {
        Python.Require();
        Python.Run(
            """
            import sys, torch
            model = torch.load(sys.argv[1])
            model["linear.weight"], model["linear.bias"] = torch.randn(5, 64) * 0.02, torch.zeros(5)
            parameters = [torch.nn.Parameter(value) for name, value in model.items() if "running" not in name and "num_" not in name]
            optimizer = torch.optim.SGD(parameters, lr=0.01, momentum=0.9, weight_decay=5e-4)
            torch.save({"model": model, "optimizer": optimizer.state_dict(), "epoch": 1}, sys.argv[2])
            """,
            At("resnet20.pth"), At("checkpoint.pt"));
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
