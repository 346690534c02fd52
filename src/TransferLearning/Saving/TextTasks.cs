namespace TransferLearning;

/// <summary>The task that a Hugging Face folder was saved for.</summary>
internal static class TextTasks
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
    public static LearningTask Of(TextNetwork network) => network.HeadKind switch
    {
        HeadKind.None => new FeatureExtraction(),
        HeadKind.Tokens => Named(network, new TokenClassification(network.Head.Outputs)),
        HeadKind.Spans => new QuestionAnswering(),
        HeadKind.Vocabulary => OfVocabulary(network),
        _ => network.Config.Text("problem_type", "") switch
        {
            "multi_label_classification" => Named(network, new MultiLabelClassification(network.Head.Outputs)),
            "regression" => new Regression(),
            "" when network.Head.Outputs == 1 => new Regression(),
            _ => Named(network, new Classification(network.Head.Outputs)),
        },
    };

    /// <summary>The task of a network that predicts tokens.</summary>
    public static LearningTask OfVocabulary(TextNetwork network)
    {
        if (network is not IDecodingNetwork decoding)
        {
            return new MaskedLanguageModeling();
        }

        if (!decoding.HasEncoder)
        {
            return new CausalLanguageModeling();
        }

        DecodingRules rules = DecodingRules.FromConfig(network.Config);
        return new SequenceToSequence(rules.Start, rules.End.Count > 0 ? rules.End[0] : null);
    }

    // LABEL_0, LABEL_1, … is what Hugging Face's tools write where nobody named the classes.
    private static ClassTask Named(TextNetwork network, ClassTask task)
        => network.Config.LabelNames is { } names
            && names.Count == task.ClassCount
            && !names.Select((name, i) => name == $"LABEL_{i}").All(isNumber => isNumber)
            ? task with { ClassNames = names }
            : task;
}
