namespace TransferLearning;

/// <summary>The tasks of text models as heads of networks and back: the one place where they meet.</summary>
internal static class TextTaskCompatibility
{
    /// <summary>The head that a task needs.</summary>
    public static HeadSpec Head(this TextTask task, int labels = 2) => task switch
    {
        TextTask.Features => new HeadSpec(HeadKind.None),
        TextTask.SequenceClassification => new HeadSpec(HeadKind.Pooled, labels),
        TextTask.TokenClassification => new HeadSpec(HeadKind.Tokens, labels),
        TextTask.QuestionAnswering => new HeadSpec(HeadKind.Spans, 2),
        _ => new HeadSpec(HeadKind.Vocabulary),
    };

    private static bool HasTask(ConfigFamily family, TextTask task) => family.Heads.Contains(task.Head().Kind) && task switch
    {
        TextTask.MaskedLanguageModel => family is Bert or Roberta or DistilBert,
        TextTask.CausalLanguageModel => family is Gpt2,
        TextTask.SequenceToSequence => family is T5 or Bart or Marian,
        _ => true,
    };

    extension(TextNetwork network)
    {
        public TextTask Task => network.HeadKind switch
        {
            HeadKind.None => TextTask.Features,
            HeadKind.Pooled => TextTask.SequenceClassification,
            HeadKind.Tokens => TextTask.TokenClassification,
            HeadKind.Spans => TextTask.QuestionAnswering,
            _ => network is IDecodingNetwork decoding
                ? decoding.HasEncoder ? TextTask.SequenceToSequence : TextTask.CausalLanguageModel
                : TextTask.MaskedLanguageModel,
        };

        public int Labels => Math.Max(1, network.Head.Outputs);
    }

    extension(ConfigFamily family)
    {
        public TextNetwork Build(ModelConfig config, TextTask task, int labels = 2)
            => HasTask(family, task)
                ? (TextNetwork)family.Build(config, task.Head(labels))
                : throw new ArgumentException($"{family.Name} has no head for {task}; it has heads of the kinds {string.Join(", ", family.Heads)}.", nameof(task));

        public string ArchitectureName(TextTask task) => family.ArchitectureName(task.Head().Kind);
    }

    extension(HuggingFaceFolder checkpoint)
    {
        public TextTask? Task
        {
            get
            {
                return checkpoint.Head switch
                {
                    null => null,
                    HeadKind.None => TextTask.Features,
                    HeadKind.Pooled => TextTask.SequenceClassification,
                    HeadKind.Tokens => TextTask.TokenClassification,
                    HeadKind.Spans => TextTask.QuestionAnswering,
                    _ => checkpoint.Family switch
                    {
                        Gpt2 => TextTask.CausalLanguageModel,
                        T5 or Bart or Marian => TextTask.SequenceToSequence,
                        _ => TextTask.MaskedLanguageModel,
                    },
                };
            }
        }
    }
}
