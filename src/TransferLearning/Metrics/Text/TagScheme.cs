namespace TransferLearning;

/// <summary>How tags mark where an entity begins and ends. A tag is "O", outside, or a letter, a dash and the type: "B-PER".</summary>
public enum TagScheme
{
    /// <summary>
    /// As the script conlleval reads them, whatever the scheme: a wrong sequence still gives entities. seqeval's default.
    /// </summary>
    Lenient,

    /// <summary>I inside; B only where an entity follows another of the same type.</summary>
    Iob1,

    /// <summary>B at the beginning of every entity, I inside; also called BIO.</summary>
    Iob2,

    /// <summary>I inside; E only where an entity of the same type follows.</summary>
    Ioe1,

    /// <summary>E at the end of every entity, I inside.</summary>
    Ioe2,

    /// <summary>B, I and E for the first, inner and last word, S for a single one.</summary>
    Iobes,

    /// <summary>The same with L for the last word and U for a single one.</summary>
    Bilou,
}
