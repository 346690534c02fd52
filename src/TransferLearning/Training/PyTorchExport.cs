namespace TransferLearning;

/// <summary>What <see cref="TrainingRun.ExportPyTorch"/> wrote.</summary>
/// <param name="Path">The file.</param>
/// <param name="Optimizer">The class of <c>torch.optim</c> that takes the optimizer's state: <c>SGD</c>.</param>
/// <param name="Scheduler">The class of <c>torch.optim.lr_scheduler</c> that takes the scheduler's; null where there is none in the
/// file.</param>
/// <param name="Epoch">How many epochs are finished.</param>
/// <param name="Step">How many steps of the optimizer are done.</param>
/// <param name="Notes">What of the run is not in the file, or must be known to resume from it.</param>
public sealed record PyTorchExport(
    string Path, string Optimizer, string? Scheduler, int Epoch, long Step, IReadOnlyList<string> Notes);
