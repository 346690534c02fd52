namespace TransferLearning.Cli;

/// <summary>What is trained on what.</summary>
internal sealed record TrainingWork(DataSource Source, TransferModel Model, Dataset Training, Dataset? Validation, long Seed);
