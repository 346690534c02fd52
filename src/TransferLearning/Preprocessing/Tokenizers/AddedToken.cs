namespace TransferLearning;

/// <summary>A token that is looked for in the text before it is cut into words.</summary>
/// <param name="Content">What stands in the text.</param>
/// <param name="Id">Its id.</param>
/// <param name="Special">Whether decoding leaves it out on request.</param>
/// <param name="StripLeft">Whether it takes white space before it along.</param>
/// <param name="StripRight">Whether it takes white space after it along.</param>
/// <param name="SingleWord">Whether it counts only where no part of a word touches it.</param>
/// <param name="Normalized">Whether it is looked for, itself normalized, in the normalized text: a lower-casing tokenizer then finds it in
/// any case.</param>
internal sealed record AddedToken(
    string Content, int Id, bool Special = true, bool StripLeft = false, bool StripRight = false, bool SingleWord = false,
    bool Normalized = false);
