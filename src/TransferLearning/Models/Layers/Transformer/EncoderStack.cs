using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning.Layers;

/// <summary>The layers of a bidirectional encoder, one after another, under the name <c>layer</c>.</summary>
internal sealed class EncoderStack : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "layer")]
    private readonly TorchSharp.Modules.ModuleList<EncoderLayer> _layers;

    public EncoderStack(int layers, Func<EncoderLayer> make)
        : base(nameof(EncoderStack))
    {
        _layers = new TorchSharp.Modules.ModuleList<EncoderLayer>([.. Enumerable.Range(0, layers).Select(_ => make())]);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => Run(input, null);

    /// <summary>[N, L, D] to [N, L, D].</summary>
    /// <param name="input">Is disposed.</param>
    /// <param name="bias">Added to the scores of attention; null for none.</param>
    public Tensor Run(Tensor input, Tensor? bias)
    {
        Tensor x = input;
        foreach (EncoderLayer layer in _layers)
        {
            Tensor next = TrainingPass.Run(layer, (input, others) => layer.Run(input, others[0]), x, bias);
            x.Dispose();
            x = next;
        }

        return x;
    }
}
