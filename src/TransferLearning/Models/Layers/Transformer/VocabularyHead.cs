namespace TransferLearning.Layers;

/// <summary>The head of a masked language model: some layers, then scores for the whole vocabulary, with the table of token embeddings as
/// weights or, untied, a table of its own named <c>decoder</c>. Weights are allocated but not filled.</summary>
internal sealed class VocabularyHead : nn.Module<Tensor, Tensor>
{
    private readonly List<(string Name, nn.Module<Tensor, Tensor> Module)> _layers;
    private readonly Func<Tensor> _words;
    private readonly Linear? _decoder;

    [ComponentName(Name = "bias")]
    private Parameter _bias; // not read-only: it is another one after a move to another type or device

    /// <summary>Makes a head.</summary>
    /// <param name="layers">What runs before the scores.</param>
    /// <param name="words">Gives the table of token embeddings, [vocabulary, width].</param>
    /// <param name="isTied">Whether that table is the weight of the scores.</param>
    public VocabularyHead(IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> layers, Func<Tensor> words, bool isTied)
        : base(nameof(VocabularyHead))
    {
        _layers = [.. layers];
        Tensor table = words();
        _bias = new Parameter(empty(table.size(0)));
        register_parameter("bias", _bias);
        foreach ((string name, nn.Module<Tensor, Tensor> module) in layers)
        {
            register_module(name, module);
        }

        _words = words;
        _decoder = isTied ? null : new Linear(table.size(1), table.size(0), bias: false);
        if (_decoder is not null)
        {
            register_module("decoder", _decoder);
        }
    }

    /// <summary>One number for each entry of the vocabulary.</summary>
    public Parameter Bias => _bias;

    public override Tensor forward(Tensor input)
    {
        using Tensor x = Sequential.Run(_layers, input);
        return _decoder is null ? LinearProducts.Linear(x, _words(), _bias) : _decoder.call(x).AddInPlace(_bias); // [N, L, V]
    }
}
