using TorchSharp;

namespace TransferLearning.Tests;

public sealed class LibTorchTests
{
    [Fact]
    public void Loads_and_computes()
    {
        using torch.Tensor ones = torch.ones(3, 3);
        using torch.Tensor sum = ones.sum();
        Assert.Equal(9f, sum.item<float>());
    }

    [Fact]
    public void One_dnn_is_off_exactly_where_the_caches_are_hidden()
    {
        Assert.Equal(!LibTorch.OneDnnFault, LibTorch.OneDnnIsOn);
        Assert.Equal(LibTorch.OneDnnFault, LibTorch.Diagnostics.Any(note => note.Contains("oneDNN", StringComparison.Ordinal)));
    }

    [Fact]
    public void One_dnn_can_be_switched_off_and_computes_the_same()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor input = torch.arange(2 * 3 * 8 * 8).to(torch.float32).reshape(2, 3, 8, 8).div(384);
        torch.Tensor weight = torch.arange(4 * 3 * 3 * 3).to(torch.float32).reshape(4, 3, 3, 3).div(108);
        torch.Tensor before = torch.nn.functional.conv2d(input, weight);
        LibTorch.Configure(new RuntimeOptions { OneDnn = OneDnnMode.Off });
        try
        {
            Assert.False(LibTorch.OneDnnIsOn);
            torch.Tensor after = torch.nn.functional.conv2d(input, weight);
            Assert.True((before - after).abs().max().item<float>() < 1e-4f);
        }
        finally
        {
            LibTorch.Configure(new RuntimeOptions());
        }
    }

    [Fact]
    public void The_repair_leaves_a_healthy_record_alone()
    {
        Assert.SkipWhen(LibTorch.OneDnnFault || !OperatingSystem.IsLinux(), "This machine has the fault, or another system.");
        string library = Path.Combine(AppContext.BaseDirectory, "libtorch_cpu.so");
        (int L1, int L2, int L3, int LevelCount)? before = OneDnnCaches.Read(library);
        Assert.False(OneDnnCaches.Repair(library));
        Assert.Equal(before, OneDnnCaches.Read(library));
        Assert.True(OneDnnCaches.SelfTest());
    }

    [Fact]
    public void A_file_that_is_not_the_known_build_is_never_read_as_one()
        => Assert.Null(OneDnnCaches.Read(typeof(LibTorch).Assembly.Location));

    [Fact]
    public void The_allocator_can_be_tuned_and_restored()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "glibc only.");
        Assert.True(GlibcAllocator.Restore());
        Assert.True(GlibcAllocator.Keep());
        LibTorch.TrimMemory();
    }

    [Fact]
    public void Threads_that_wait_sleep_soon_unless_the_environment_says_how_they_wait()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "GCC's OpenMP only.");
        LibTorch.Load();
        string? asked = Environment.GetEnvironmentVariable(OpenMpWaits.Variable);
        bool hasPolicy = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is not null;
        Assert.Equal(asked ?? (hasPolicy ? null : OpenMpWaits.Turns), OpenMpWaits.Found());
    }

    [Fact]
    public void A_scope_leaves_no_tensor_behind()
    {
        long before = LibTorch.LiveTensorCount;
        using (torch.NewDisposeScope())
        {
            _ = torch.ones(4) + torch.ones(4);
            Assert.True(LibTorch.LiveTensorCount > before);
        }

        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    [Fact]
    public void An_absent_gpu_is_refused_with_the_remedy()
    {
        Assert.SkipWhen(Device.CudaIsAvailable, "This machine has a GPU.");
        Assert.Equal(Device.Cpu, Device.Auto);
        using ImageModel model = ImageModel.Create("resnet20", 3);
        string message = Assert.Throws<InvalidOperationException>(() => model.To(Device.Cuda())).Message;
        Assert.Contains("CUDA GPU 0", message, StringComparison.Ordinal);
        Assert.Contains("TorchSharp-cuda-", message, StringComparison.Ordinal);
        Assert.Equal(Device.Cpu, model.Device);
        using ImageInput input = new(torch.zeros(1, 3, 8, 8));
        using torch.Tensor logits = model.Module.call(input);
        Assert.Equal([1, 3], logits.shape);
        Assert.Throws<ArgumentOutOfRangeException>(() => Device.Cuda(-1));
    }

    [Theory]
    [InlineData(0, false, false, "TorchSharp-cuda-")]
    [InlineData(0, true, false, "driver")]
    [InlineData(0, true, true, "CUDA_VISIBLE_DEVICES")]
    [InlineData(2, true, true, "this machine has 2")]
    public void Each_thing_that_a_gpu_needs_has_its_remedy(int count, bool hasBackEnd, bool hasDriver, string expected)
        => Assert.Contains(expected, CudaRequirements.Missing(2, count, hasBackEnd, hasDriver), StringComparison.Ordinal);

    [Fact]
    public void A_library_that_loads_as_it_is_takes_the_plain_path()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux only.");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("libtorch-");
        try
        {
            // What a newer libstdc++ would accept, this system accepts too once the optional version is marked as optional.
            string library = Path.Combine(folder.FullName, "libLibTorchSharp.so");
            File.WriteAllBytes(
                library, NativeLibTorch.WithoutVersion(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"))));
            Assert.False(NativeLibTorch.LoadBinding(library));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_library_of_another_layout_is_not_adapted()
        => Assert.Throws<InvalidDataException>(() => NativeLibTorch.WithoutVersion(File.ReadAllBytes(typeof(LibTorch).Assembly.Location)));
}
