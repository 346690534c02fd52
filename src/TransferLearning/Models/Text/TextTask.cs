namespace TransferLearning;

/// <summary>What a text network is for, that is, which head it has.</summary>
public enum TextTask
{
    /// <summary>No head: the last hidden state, [N, L, H].</summary>
    Features,

    /// <summary>One class, several classes or a number for a text or a pair: [N, labels].</summary>
    SequenceClassification,

    /// <summary>A class for each token, such as the names in a sentence: [N, L, labels].</summary>
    TokenClassification,

    /// <summary>Where in a text the answer to a question begins and ends: [N, L, 2].</summary>
    QuestionAnswering,

    /// <summary>Which token was masked, of the whole vocabulary: [N, L, V].</summary>
    MaskedLanguageModel,

    /// <summary>Which token follows, of the whole vocabulary: [N, L, V].</summary>
    CausalLanguageModel,

    /// <summary>Which token the decoder writes next: [N, M, V].</summary>
    SequenceToSequence,
}
