using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning.Layers;

/// <summary>A fully connected layer whose weight is stored [inputs, outputs], as GPT-2's checkpoints have it; allocated but not filled.</summary>
internal sealed class TransposedLinear : nn.Module<Tensor, Tensor>, ILoraLayer
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter _bias;

    public TransposedLinear(long inputs, long outputs)
        : base(nameof(TransposedLinear))
    {
        _weight = new Parameter(empty(inputs, outputs));
        _bias = new Parameter(empty(outputs));
        RegisterComponents();
    }

    public Parameter Weight => _weight;

    public Parameter Bias => _bias;

    public bool StoresInputsFirst => true;

    public Lora? Lora { get; private set; }

    public override Tensor forward(Tensor input)
    {
        using Tensor weight = _weight.t();
        Tensor output = nn.functional.linear(input, weight, _bias);
        return Lora is null ? output : Lora.Apply(input, output, training);
    }

    public void SetLora(Lora? lora)
    {
        ClearModules();
        Lora?.Dispose();
        Lora = lora;
        if (lora is not null)
        {
            register_module(Lora.FirstName, lora.First);
            register_module(Lora.SecondName, lora.Second);
        }
    }
}
