namespace TransferLearning.Tests;

/// <summary>The code blocks on exchange with PyTorch and llama.cpp and on modules of one's own, where the compiler sees them.</summary>
internal static class ExchangeSnippets
{
    public static void Export(ImageModel model)
    {
        // snippet: pytorch-export
        PyTorchExport written = TrainingRun.Open("runs/bees").ExportPyTorch("checkpoint.pt", model);
        Console.WriteLine($"{written.Optimizer}, {written.Scheduler}, {written.Epoch} epochs");
        // end
    }

    public static void Import(ImageModel model, Dataset dataset)
    {
        // snippet: pytorch-import
        FineTuneOptions options = new() { Epochs = 10, Schedule = new StepSchedule(3), Checkpoints = new CheckpointPolicy("runs/bees") };
        model.FineTune(dataset, new Sgd(0.01, momentum: 0.9), options, resume: "checkpoint.pt");
        // end
    }

    public static void Gguf(TextModel model)
    {
        // snippet: gguf-export
        GgufExportReport report = model.ExportGguf("my-bert.gguf", GgmlType.Q8);
        foreach (string note in report.Notes)
        {
            Console.WriteLine(note); // what was left out, and what llama.cpp computes otherwise
        }
        // end
    }

    public static void ReadGguf()
    {
        // snippet: gguf-read
        GgufFile file = GgufFile.Read("my-bert.gguf");
        foreach (GgufTensor tensor in file.Tensors)
        {
            Console.WriteLine($"{tensor.Name} {tensor.Type} [{string.Join(", ", tensor.Shape)}]");
        }
        // end
    }

    public static void Wrap(TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor> network, Dataset dataset)
    {
        // snippet: own-module
        using ImageModel model = TransferModel.Wrap(network, head: "fc", ImagePreprocess.ImageNet);
        model.ReplaceHead(dataset.ClassNames.Count).FreezeBackbone().FineTune(dataset, new AdamW(1e-3));
        model.UnfreezeFrom("layer4").FineTune(dataset, new AdamW(1e-4));
        model.Save("own.tl");
        // end
    }

    public static void Load(Func<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>> create)
    {
        // snippet: own-module-load
        using ImageModel model = ImageModel.Load("own.tl", module: create); // () => new MyNetwork()
        // end
    }
}
