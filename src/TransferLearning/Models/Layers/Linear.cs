using Parameter = TorchSharp.Modules.Parameter;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning.Layers;

/// <summary>A fully connected layer with PyTorch's names, whose weights are allocated but not filled.</summary>
internal sealed class Linear : nn.Module<Tensor, Tensor>, IWeightedLayer, ILoraLayer
{
    [ComponentName(Name = "weight")]
    private Parameter _weight;

    [ComponentName(Name = "bias")]
    private Parameter? _bias;

    public Linear(long inputs, long outputs, bool bias = true)
        : base(nameof(Linear))
    {
        _weight = new Parameter(empty(outputs, inputs));
        _bias = bias ? new Parameter(empty(outputs)) : null;
        RegisterComponents();
    }

    public Parameter Weight => _weight;

    public Parameter? Bias => _bias;

    public bool StoresInputsFirst => false;

    public Lora? Lora { get; private set; }

    public override Tensor forward(Tensor input)
    {
        Tensor output = nn.functional.linear(input, _weight, _bias);
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
