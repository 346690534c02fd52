namespace TransferLearning.Tests;

public sealed class FirstUseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FirstUseTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "The children look into /proc.");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_needs_no_tensor_neither_loads_libtorch_nor_changes_the_process()
        => Assert.Equal((0, "False False False False"), RuntimeChild.Run("describe", Checkpoint()));

    [Fact]
    public void Making_a_network_loads_libtorch_without_a_folder_for_temporary_files()
        => Assert.Equal((0, "False False True True"), RuntimeChild.Run("create"));

    [Fact]
    public void Reading_a_tensor_loads_libtorch()
        => Assert.Equal((0, "False False True True"), RuntimeChild.Run("read", Checkpoint()));

    [Fact]
    public void A_program_that_calls_torchsharp_first_finds_its_library()
        => Assert.Equal((0, "False False False True"), RuntimeChild.Run("torch"));

    private string Checkpoint()
    {
        using TorchSharp.torch.Tensor ones = TorchSharp.torch.ones(3);
        using StateDict state = StateDict.FromTensors([new("a", ones)]);
        state.Save(_folder.File("a.pth"));
        return _folder.File("a.pth");
    }
}
