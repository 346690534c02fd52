using TorchSharp;

namespace TransferLearning.Tests;

public sealed class MeasuredFormsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LinesLogger _log = new();

    private string FilePath => Path.Combine(_folder.Path, "forms", "forms.json");

    [Fact]
    public void What_was_kept_is_found_in_another_process()
    {
        new MeasuredForms(FilePath).Keep("a", "plain", _log);
        new MeasuredForms(FilePath).Keep("b", "BFloat16", _log);
        MeasuredForms forms = new(FilePath);
        Assert.Equal("plain", forms.Find("a", ["BFloat16", "plain"], _log));
        Assert.Equal("BFloat16", forms.Find("b", ["BFloat16", "plain"], _log));
        Assert.Null(forms.Find("b", ["Float32", "plain"], _log));
        Assert.Null(forms.Find("c", ["plain"], _log));
        Assert.Empty(_log.Lines);
        Assert.Equal([FilePath], Directory.GetFiles(Path.GetDirectoryName(FilePath)!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[1, 2]")]
    [InlineData("{\"Version\": 1}")]
    [InlineData("{\"Version\": 1, \"Forms\": {\"a\": null}}")]
    [InlineData("{\"Version\": 1, \"Forms\": {\"a\": 3}}")]
    [InlineData("{\"Version\": 2, \"Forms\": {\"a\": \"plain\"}}")]
    [InlineData("{\"somebody\": \"else's\"}")]
    public void A_file_that_is_no_such_record_is_left_alone_with_a_line_in_the_log(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, content);
        MeasuredForms forms = new(FilePath);
        Assert.Null(forms.Find("a", ["plain"], _log));
        forms.Keep("a", "plain", _log);
        Assert.Equal("plain", forms.Find("a", ["plain"], _log));
        Assert.Equal(content, File.ReadAllText(FilePath));
        Assert.Contains(FilePath, Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_too_large_is_left_alone()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, $"{{\"Version\": 1, \"Forms\": {{}}}}{new string(' ', 2 << 20)}");
        Assert.Null(new MeasuredForms(FilePath).Find("a", ["plain"], _log));
        Assert.Single(_log.Lines);
    }

    [Fact]
    public void A_place_that_cannot_be_written_to_is_done_without()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "forms"), "a file where the folder would be");
        MeasuredForms forms = new(FilePath);
        forms.Keep("a", "plain", _log);
        Assert.Equal("plain", forms.Find("a", ["plain"], _log));
        Assert.Single(_log.Lines);
    }

    [Fact]
    public void The_form_that_was_the_fastest_is_taken_from_the_record()
    {
        Assert.SkipUnless(LibTorch.OneDnnIsOn, "There is no faster form without oneDNN.");
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = TinyNetworks.BuildInitialized("resnet18");
        network.eval();
        torch.Tensor images = torch.rand(8, 1, 128, 128);
        torch.Tensor plain;
        using (torch.no_grad())
        {
            plain = network.ForwardFeatures(images);
        }

        using (OptimizedInference first = new(network, Device.Cpu, forms: new MeasuredForms(FilePath), logger: _log))
        {
            first.ForwardFeatures(images);
            string content = File.ReadAllText(FilePath);
            Assert.Contains(first.IsFast ? "Float32\"" : "plain\"", content, StringComparison.Ordinal);
            Assert.Contains("resnet18", content, StringComparison.Ordinal);
            Assert.Contains(" ms as plain", Assert.Single(_log.Lines), StringComparison.Ordinal);
        }

        Assert.True(Taken("plain").eq(plain).all().item<bool>());
        Assert.False(Taken("Float32").eq(plain).all().item<bool>());

        torch.Tensor Taken(string form)
        {
            string content = File.ReadAllText(FilePath);
            File.WriteAllText(FilePath, content.Replace("\"plain\"", $"\"{form}\"").Replace("\"Float32\"", $"\"{form}\""));
            using OptimizedInference again = new(network, Device.Cpu, forms: new MeasuredForms(FilePath));
            torch.Tensor result = again.ForwardFeatures(images);
            Assert.Equal(form != "plain", again.IsFast);
            return result;
        }
    }

    [Fact]
    public void BFloat16_that_was_slower_gives_way_to_float32()
    {
        Assert.SkipUnless(
            OptimizedInference.PrecisionOn(Device.Cpu, Precision.BFloat16) == Precision.BFloat16, "This machine has no bfloat16.");
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = TinyNetworks.BuildInitialized("resnet18");
        network.eval();
        torch.Tensor images = torch.rand(8, 1, 128, 128);
        using (OptimizedInference first = new(network, Device.Cpu, Precision.BFloat16, forms: new MeasuredForms(FilePath)))
        {
            Assert.Equal(first.Settle(null, images), first.Precision);
        }

        string content = File.ReadAllText(FilePath);
        foreach (string found in new[] { "\"BFloat16\"", "\"plain\"" })
        {
            content = content.Replace(found, "\"Float32\"", StringComparison.Ordinal);
        }

        File.WriteAllText(FilePath, content);
        using OptimizedInference again = new(network, Device.Cpu, Precision.BFloat16, forms: new MeasuredForms(FilePath));
        Assert.Equal(Precision.BFloat16, again.Precision);
        Assert.Equal(Precision.Float32, again.Settle(null, images));
        again.ForwardFeatures(images);
        Assert.True(again.IsFast);
        Assert.Equal(Precision.Float32, again.Precision);
    }

    [Fact]
    public void Small_batches_and_whoever_wants_the_same_form_everywhere_are_not_measured()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = TinyNetworks.BuildInitialized("resnet18");
        network.eval();
        using OptimizedInference small = new(network, Device.Cpu, forms: new MeasuredForms(FilePath));
        small.ForwardFeatures(torch.rand(8, 1, 32, 32));
        using OptimizedInference pinned = new(network, Device.Cpu, measures: false, forms: new MeasuredForms(FilePath));
        pinned.ForwardFeatures(torch.rand(8, 1, 128, 128));
        using OptimizedInference off = new(network, Device.Cpu, forms: new MeasuredForms(FilePath, isOn: false));
        off.ForwardFeatures(torch.rand(8, 1, 128, 128));
        Assert.False(File.Exists(FilePath));
        Assert.False(MeasuredForms.Shared.IsOn);
    }

    public void Dispose() => _folder.Dispose();
}
