using System.Diagnostics;
using TorchSharp;
using TorchSharp.PyBridge;
using static TorchSharp.torch;

namespace TransferLearning.Exchange.Tests;

/// <summary>Why files from outside are read by the library's own reader: what PyBridge 1.4.4 does with them, beside what
/// that does.</summary>
public sealed class PyBridgeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_module_that_PyBridge_fills_is_frozen_and_one_that_the_library_fills_is_not()
    {
        using TorchSharp.Modules.Linear from = nn.Linear(4, 2), first = nn.Linear(4, 2), second = nn.Linear(4, 2);
        Save(from, "a.pth");

        first.load_py(_folder.File("a.pth"));
        using (StateDict state = StateDict.Open(_folder.File("a.pth")))
        {
            state.LoadInto([.. second.state_dict().Select(entry => KeyValuePair.Create(entry.Key, entry.Value))]);
        }

        Assert.All(first.parameters(), parameter => Assert.False(parameter.requires_grad));
        Assert.All(second.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void PyBridge_writes_a_smaller_head_over_the_beginning_of_a_larger_one_and_the_library_refuses_it()
    {
        using TorchSharp.Modules.Linear two = nn.Linear(4, 2), five = nn.Linear(4, 5), other = nn.Linear(4, 5);
        Save(two, "two.pth");

        five.load_py(_folder.File("two.pth"));
        using Tensor beginning = five.weight.narrow(0, 0, 2);
        Assert.True(beginning.eq(two.weight).all().item<bool>());

        using StateDict state = StateDict.Open(_folder.File("two.pth"));
        Assert.Throws<WeightLoadException>(
            () => state.LoadInto([.. other.state_dict().Select(entry => KeyValuePair.Create(entry.Key, entry.Value))]));
    }

    [Fact]
    public void PyBridge_writes_the_memory_of_a_transposed_tensor_from_its_start_and_the_library_reads_what_was_meant()
    {
        Dictionary<object, object?> plain = new() { ["w"] = arange(6, ScalarType.Float32).reshape(2, 3).narrow(1, 1, 2) };
        Assert.ThrowsAny<Exception>(() =>
        {
            PyTorchPickler.PickleStateDict(_folder.File("view.pt"), plain);
            using StateDict state = StateDict.Open(_folder.File("view.pt"));
            using Tensor read = state.Read("w");
            Assert.Equal([1f, 2, 4, 5], read.data<float>().ToArray());
        });
    }

    private void Save(nn.Module module, string name)
    {
        using StateDict state = StateDict.FromTensors(
            module.state_dict().Select(entry => KeyValuePair.Create(entry.Key, entry.Value.detach())));
        state.Save(_folder.File(name));
    }
}
