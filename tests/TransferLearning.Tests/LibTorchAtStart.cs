namespace TransferLearning.Tests;

/// <summary>Lets a test make a tensor before it touches any type of the library. The test runner makes one before the first test.</summary>
public sealed class LibTorchAtStart
{
    public LibTorchAtStart() => LibTorch.Load();
}
