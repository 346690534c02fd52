using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>T5's encoder or decoder.</summary>
internal sealed class T5Stack : nn.Module
{
    private readonly bool _decoder;
    private readonly RelativeBuckets _buckets;

    [ComponentName(Name = "block")]
    private readonly TorchSharp.Modules.ModuleList<T5Block> _layers;

    [ComponentName(Name = "final_layer_norm")]
    private readonly RmsNorm _norm;

    [ComponentName(Name = "dropout")]
    private readonly Dropout _dropout;

    public T5Stack(ModelConfig config, bool decoder)
        : base(nameof(T5Stack))
    {
        _decoder = decoder;
        _buckets = new RelativeBuckets(
            config.Size("relative_attention_num_buckets", 32), config.Size("relative_attention_max_distance", 128), bothWays: !decoder);
        int layers = config.Size("num_layers");
        layers = decoder ? config.Size("num_decoder_layers", layers) : layers;
        _layers = new TorchSharp.Modules.ModuleList<T5Block>([.. Enumerable.Range(0, layers).Select(i => new T5Block(config, decoder, i == 0))]);
        _norm = new RmsNorm(config.Size("d_model"), config.Number("layer_norm_epsilon", 1e-6));
        _dropout = new Dropout(config.Probability("dropout_rate", 0.1));
        RegisterComponents();
    }

    public int LayerCount => _layers.Count;

    /// <summary>Token numbers to hidden states, [N, L] to [N, L, D].</summary>
    /// <param name="tokens">The table of token embeddings.</param>
    /// <param name="ids">int64.</param>
    /// <param name="mask">Which tokens are no padding, in the encoder; null for all.</param>
    /// <param name="source">What the encoder gave; null in the encoder.</param>
    /// <param name="sourceMask">Which of its positions are no padding; null for all.</param>
    /// <param name="cache">What came before; null for nothing.</param>
    /// <param name="observe">Told what each layer gives.</param>
    public Tensor Forward(
        Embedding tokens, Tensor ids, Tensor? mask, Tensor? source = null, Tensor? sourceMask = null, DecoderCache? cache = null, Action<Tensor>? observe = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor scores = Scores(cache?.Length ?? 0, ids.size(1), mask, ids.device);
        Tensor? sourceScores = AttentionMask.Padding(sourceMask);
        Tensor x = _dropout.call(tokens.call(ids));
        for (int i = 0; i < _layers.Count; i++)
        {
            (T5Block block, AttentionCache? own, AttentionCache? read) = (_layers[i], cache?.Own(i), source is null ? null : cache?.Read(i));
            x = TrainingPass.Run(
                block, (input, others) => block.Forward(input, others[0]!, others[1], others[2], own, read), x, scores, source, sourceScores);
            observe?.Invoke(x);
        }

        return _dropout.call(_norm.call(x)).MoveToOuterDisposeScope();
    }

    /// <summary>What is added to the scores: the number of each distance, and what keeps a query from later tokens and padding.</summary>
    private Tensor Scores(long past, long length, Tensor? mask, torch.Device device)
    {
        Tensor numbers = _buckets.Between(past, length, past + length).to(device);
        Tensor scores = _layers[0].Distances!.call(numbers).permute(2, 0, 1).unsqueeze(0); // [1, heads, queries, keys]
        Tensor? blocked = _decoder && length > 1
            ? AttentionMask.Later(past, length, device)
            : AttentionMask.Padding(mask);
        return (blocked is null ? scores : scores.add(blocked)).contiguous();
    }
}
