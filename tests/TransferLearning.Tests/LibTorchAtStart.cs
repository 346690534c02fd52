using System.Runtime.CompilerServices;

namespace TransferLearning.Tests;

/// <summary>Lets a test make a tensor before it touches any type of the library.</summary>
internal static class LibTorchAtStart
{
    [ModuleInitializer]
    internal static void Load() => LibTorch.Load();
}
