using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>A bidirectional encoder with the heads that BERT and its kin have in common.</summary>
internal abstract class EncoderNetwork(string name, TextConfig config, TextTask task, int labels) : TextNetwork(name, config, task, labels)
{
    public sealed override Tensor ForwardHead(Tensor features) => Task switch
    {
        TextTask.SequenceClassification => ClassifyText(features),
        TextTask.TokenClassification => Classify(features),
        TextTask.QuestionAnswering => SpanLogits(features),
        TextTask.MaskedLanguageModel => LogitsOf(features),
        _ => features.alias(),
    };

    /// <summary>[…, D] to […, vocabulary].</summary>
    protected abstract Tensor LogitsOf(Tensor hidden);

    /// <summary>The bias of the head of a masked language model, which no layer owns; null without that head.</summary>
    protected abstract (string Module, Parameter Bias)? VocabularyBias { get; }

    /// <summary>[…, D] to […, labels], for tokens or whole texts.</summary>
    protected abstract Tensor Classify(Tensor hidden);

    /// <summary>[N, D] to [N, labels]. Default: as tokens.</summary>
    protected virtual Tensor ClassifyText(Tensor pooled) => Classify(pooled);

    /// <summary>[N, L, D] to [N, L, 2].</summary>
    protected abstract Tensor SpanLogits(Tensor hidden);

    protected sealed override void InitializeModule(string name, nn.Module module, Generator generator)
    {
        if (VocabularyBias is { } vocabulary && vocabulary.Module == name)
        {
            vocabulary.Bias.zero_();
        }

        base.InitializeModule(name, module, generator);
    }
}
