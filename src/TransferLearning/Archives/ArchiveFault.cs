namespace TransferLearning;

/// <summary>What is wrong with an archive. Whoever opened it makes the exception of it that its own callers expect.</summary>
/// <param name="Kind">Why it was refused.</param>
/// <param name="Entry">The entry; null for the archive as a whole.</param>
/// <param name="Problem">What was expected and found: words that follow a colon, without a full stop.</param>
/// <param name="InnerException">The exception that showed it, if any.</param>
internal sealed record ArchiveFault(ArchiveErrorKind Kind, string? Entry, string Problem, Exception? InnerException = null);
