using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>The dense layers of T5: wo(act(wi x)), or since version 1.1 gated, wo(act(wi_0 x) * wi_1 x) (Shazeer, 2020).</summary>
internal sealed class T5Dense : nn.Module<Tensor, Tensor>
{
    private readonly Func<Tensor, Tensor> _activation;

    [ComponentName(Name = "wi")]
    private readonly Linear? _plain;

    [ComponentName(Name = "wi_0")]
    private readonly Linear? _gate;

    [ComponentName(Name = "wi_1")]
    private readonly Linear? _gated;

    [ComponentName(Name = "wo")]
    private readonly Linear _output;

    [ComponentName(Name = "dropout")]
    private readonly Dropout _dropout;

    public T5Dense(ModelConfig config)
        : base(nameof(T5Dense))
    {
        (int width, int hidden) = (config.Size("d_model"), config.Size("d_ff"));
        string form = config.Text("feed_forward_proj", "relu");
        bool isGated = form.StartsWith("gated-", StringComparison.Ordinal);

        // "gated-gelu" has always meant the tanh form.
        _activation = ActivationFunctions.Named(form == "gated-gelu" ? "gelu_new" : isGated ? form["gated-".Length..] : form);
        _plain = isGated ? null : new Linear(width, hidden, false);
        _gate = isGated ? new Linear(width, hidden, false) : null;
        _gated = isGated ? new Linear(width, hidden, false) : null;
        _output = new Linear(hidden, width, false);
        _dropout = new Dropout(config.Probability("dropout_rate", 0.1));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = _plain is not null ? _activation(_plain.call(input)) : _activation(_gate!.call(input)).mul(_gated!.call(input));
        return _output.call(_dropout.call(x)).MoveToOuterDisposeScope();
    }
}
