namespace TransferLearning;

/// <summary>What a trial of a <see cref="Sweep"/> trains, before or after an axis has changed it.</summary>
/// <param name="Model">A model of its own, which the sweep disposes; an axis may freeze parts of it, or add LoRA weights.</param>
/// <param name="Optimizer">The optimizer.</param>
/// <param name="Options">How to train. The sweep sets epochs, seed and validation itself.</param>
public sealed record SweepSetup(TransferModel Model, Optimizer Optimizer, FineTuneOptions Options);
