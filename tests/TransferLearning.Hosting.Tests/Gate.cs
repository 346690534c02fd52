using static TorchSharp.torch;

namespace TransferLearning.Hosting.Tests;

/// <summary>Loads models that stop before their last layer while it is closed: a queue is full for as long as a test needs.</summary>
internal sealed class Gate : IDisposable
{
    private readonly ManualResetEventSlim _open = new(true);
    private readonly SemaphoreSlim _stopped = new(0);

    public TransferModel Load(string path)
    {
        TransferModel model = TransferModel.Load(path);
        nn.Module<Tensor, Tensor> last = (nn.Module<Tensor, Tensor>)model.Module.named_modules()
            .Single(module => module.name == model.Module.FinalLayerName).module;
        last.register_forward_pre_hook((_, input) =>
        {
            if (!_open.IsSet)
            {
                _stopped.Release();
                _open.Wait();
            }

            return input;
        });
        return model;
    }

    public void Close() => _open.Reset();

    public void Open() => _open.Set();

    /// <summary>Ends when a batch has stopped.</summary>
    public Task StoppedAsync() => _stopped.WaitAsync();

    public void Dispose()
    {
        _open.Set();
        _stopped.Dispose();
    }
}
