namespace TransferLearning;

/// <summary>The task that a Hugging Face folder was saved for.</summary>
internal static class FolderTasks
{
    /// <summary>
    /// The head to build. A masked language model's is only taken along where it is asked for: what most want of such a checkpoint is the
    /// backbone.
    /// </summary>
    /// <param name="checkpoint">The folder.</param>
    /// <param name="saved">What this library saved beside the weights; null for a folder from elsewhere.</param>
    /// <param name="preferred">The kind that the caller prefers to what the configuration says; null for none.</param>
    public static HeadSpec HeadOf(HuggingFaceFolder checkpoint, ModelDescription? saved, HeadKind? preferred)
    {
        if (saved?.Task is { } task)
        {
            return task.ToTask(checkpoint.Folder, null, () => new CausalLanguageModeling()).Head;
        }

        bool isMasked = checkpoint.Config.Architectures.Any(
            name => name.EndsWith("ForMaskedLM", StringComparison.Ordinal) || name.EndsWith("ForPreTraining", StringComparison.Ordinal));
        HeadKind kind = preferred ?? (isMasked ? HeadKind.None : checkpoint.Head ?? HeadKind.None);
        return kind switch
        {
            HeadKind.Pooled or HeadKind.Tokens => new HeadSpec(kind, checkpoint.Config.LabelCount),
            HeadKind.Spans => new HeadSpec(kind, 2),
            _ => new HeadSpec(kind),
        };
    }

    /// <summary>The task of a network by its head and configuration.</summary>
    /// <param name="network">The network.</param>
    /// <param name="folder">Where what it writes with is described.</param>
    public static LearningTask Of(ConfigNetwork network, string folder) => network.HeadKind switch
    {
        HeadKind.None => new FeatureExtraction(),
        HeadKind.Tokens => Named(network, new TokenClassification(network.Head.Outputs)),
        HeadKind.Spans => new QuestionAnswering(),
        HeadKind.Vocabulary => OfVocabulary(network, folder),
        _ => network.Config.Text("problem_type", "") switch
        {
            "multi_label_classification" => Named(network, new MultiLabelClassification(network.Head.Outputs)),
            "regression" => new Regression(),
            "" when network.Head.Outputs == 1 => new Regression(),
            _ => Named(network, new Classification(network.Head.Outputs)),
        },
    };

    /// <summary>The task of a network that predicts tokens.</summary>
    /// <param name="network">The network.</param>
    /// <param name="folder">Where what it writes with is described.</param>
    public static LearningTask OfVocabulary(ConfigNetwork network, string folder)
    {
        if (network is not IDecodingNetwork decoding)
        {
            return network is SpeechNetwork
                ? new CtcRecognition(CtcVocabulary.FromFolder(folder))
                {
                    ZeroInfinity = network.Config.Flag("ctc_zero_infinity"),
                }
                : new MaskedLanguageModeling();
        }

        if (!decoding.HasEncoder)
        {
            return new CausalLanguageModeling();
        }

        DecodingRules rules = DecodingRules.FromConfig(network.Config);
        return new SequenceToSequence(rules.Start, rules.End.Count > 0 ? rules.End[0] : null);
    }

    /// <summary>The configuration as it is saved with a task.</summary>
    public static ModelConfig ConfigOf(ConfigFamily family, ConfigNetwork network, LearningTask task)
    {
        ModelConfig config = network.Config.With("architectures", new[] { family.ArchitectureName(task.Head.Kind) });
        config = task is ClassTask classes
            ? config.WithLabels(
                classes.HasClassNames ? classes.ClassNames : [.. Enumerable.Range(0, classes.ClassCount).Select(i => $"LABEL_{i}")])
            : config;
        return task switch
        {
            Classification => config.With("problem_type", "single_label_classification"),
            MultiLabelClassification => config.With("problem_type", "multi_label_classification"),
            Regression => config.WithLabels(["LABEL_0"]).With("problem_type", "regression"),
            CtcRecognition recognition => config
                .With("vocab_size", recognition.Vocabulary.Count)
                .With("pad_token_id", recognition.Vocabulary.Blank),
            _ => config,
        };
    }

    // LABEL_0, LABEL_1, … is what Hugging Face's tools write where nobody named the classes.
    private static ClassTask Named(ConfigNetwork network, ClassTask task)
        => network.Config.LabelNames is { } names
            && names.Count == task.ClassCount
            && !names.Select((name, i) => name == $"LABEL_{i}").All(isNumber => isNumber)
            ? task with { ClassNames = names }
            : task;
}
