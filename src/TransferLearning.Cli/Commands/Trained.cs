namespace TransferLearning.Cli;

/// <summary>How a training went, for people and for programs.</summary>
internal sealed record Trained(string Text, object Document, bool WasCancelled);
