namespace TransferLearning.Tests;

/// <summary>The code blocks of docs/adapters.md, where the compiler sees them.</summary>
internal static class AdapterSnippets
{
    public static void Lora(string folder, Dataset dataset)
    {
        // snippet: adapter-lora
        using TextModel model = Pretrained.Bert(folder).ReplaceHead(labels: 2)
            .WithAdapter(new LoraOptions { Rank = 8, Alpha = 16, UsesDora = true }); // without UsesDora, plain LoRA
        model.FineTune(dataset, new AdamW(3e-4));
        model.SaveAdapter("opinions"); // 1 per cent of the network
        model.MergeAdapter(); // as fast as the network alone
        model.UnmergeAdapter(); // and out again
        // end
    }

    public static void Ia3(string folder, Dataset dataset)
    {
        // snippet: adapter-ia3
        using TextModel model = Pretrained.Roberta(folder).ReplaceHead(labels: 2).WithAdapter(new Ia3Options());
        model.FineTune(dataset, new AdamW(3e-3)); // factors bear a larger rate than weights
        // end
    }

    public static void Bottleneck(Dataset dataset)
    {
        // snippet: adapter-bottleneck
        using ImageModel model = Pretrained.ViTB16().ReplaceHead(10)
            .WithAdapter(new BottleneckOptions { Form = BottleneckForm.Houlsby, ReductionFactor = 16 });
        model.FineTune(dataset, new AdamW(1e-3));
        // end
    }

    public static void Prefix(string folder, Dataset dataset)
    {
        // snippet: adapter-prefix
        using TextModel model = Pretrained.Gpt2(folder).WithAdapter(new PrefixTuningOptions { Length = 20 });
        model.FineTune(dataset, new AdamW(5e-3));
        model.RemoveAdapter().WithAdapter(new PromptTuningOptions { Length = 20 }); // before the tokens alone
        model.FineTune(dataset, new AdamW(3e-2));
        // end
    }

    public static void Side(Dataset dataset)
    {
        // snippet: adapter-side
        using ImageModel model = Pretrained.ResNet50().ReplaceHead(10)
            .WithAdapter(new SideTuningOptions { SideNetwork = "mobilenet_v3_small" });
        model.FineTune(dataset, new AdamW(1e-3));
        // end
    }

    public static void Several(string folder, string text)
    {
        // snippet: adapter-several
        using TextModel model = Pretrained.Bert(folder).ReplaceHead(["bad", "good"])
            .LoadAdapter("opinions", "opinions")
            .LoadAdapter("topics", "topics"); // with a head of its own, for other classes
        model.UseAdapter("opinions");
        Prediction opinion = model.Predict(text);
        using (model.Adapter("topics"))
        {
            Prediction topic = model.Predict(text);
        }
        // end

        _ = opinion;
    }
}
