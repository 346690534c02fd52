namespace TransferLearning.Layers;

/// <summary>Attention inside windows that every second layer shifts by half their side, in the form of Swin (a learned table of positions)
/// or of Swin V2 (cosines of queries and keys, positions from a small network); weights allocated but not filled.</summary>
internal sealed class ShiftedWindowAttention : nn.Module<Tensor, Tensor>
{
    private readonly long _heads;
    private readonly long _window;
    private readonly long _shift;

    [ComponentName(Name = "relative_position_bias_table")]
    private readonly Parameter? _positionTable;

    [ComponentName(Name = "logit_scale")]
    private readonly Parameter? _scale;

    [ComponentName(Name = "relative_coords_table")]
    private Tensor? _offsets;

    [ComponentName(Name = "relative_position_index")]
    private Tensor _index;

    [ComponentName(Name = "qkv")]
    private readonly Linear _input;

    [ComponentName(Name = "proj")]
    private readonly Linear _output;

    [ComponentName(Name = "cpb_mlp")]
    private readonly Sequential? _positionNetwork;

    public ShiftedWindowAttention(long width, long heads, long window, bool isShifted, bool hasCosines)
        : base(nameof(ShiftedWindowAttention))
    {
        (_heads, _window, _shift) = (heads, window, isShifted ? window / 2 : 0);
        using Tensor index = RelativePosition.Index(window);
        _index = index.flatten();
        _input = new Linear(width, 3 * width);
        _output = new Linear(width, width);
        if (hasCosines)
        {
            _scale = new Parameter(empty(heads, 1, 1));
            _offsets = LogarithmicOffsets(window);
            _positionNetwork = new Sequential(new Linear(2, 512), Activation.Relu(), new Linear(512, heads, bias: false));
        }
        else
        {
            _positionTable = new Parameter(empty(RelativePosition.Offsets(window), heads));
        }

        RegisterComponents();
    }

    /// <summary>Swin's table of positions, or null.</summary>
    public Parameter? PositionTable => _positionTable;

    /// <summary>The logarithm of the factor of Swin V2's cosines, for each head, or null.</summary>
    public Parameter? Scale => _scale;

    /// <summary>[N, H, W, C] to [N, H, W, C].</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        (long samples, long height, long width, long channels) = (input.size(0), input.size(1), input.size(2), input.size(3));
        (long rows, long columns) = (Windows(height), Windows(width));
        (long paddedHeight, long paddedWidth) = (rows * _window, columns * _window);
        (long down, long right) = (rows > 1 ? _shift : 0, columns > 1 ? _shift : 0); // one window has nowhere to shift to
        bool isShifted = down + right > 0;

        Tensor x = nn.functional.pad(input, [0, 0, 0, paddedWidth - width, 0, paddedHeight - height]);
        x = isShifted ? x.roll([-down, -right], [1, 2]) : x;
        x = x.reshape(samples, rows, _window, columns, _window, channels).permute(0, 1, 3, 2, 4, 5)
            .reshape(samples * rows * columns, _window * _window, channels); // [N * windows, L, C]

        x = Attend(x, isShifted ? Mask(rows, columns, down, right, x) : null);

        x = x.view(samples, rows, columns, _window, _window, channels).permute(0, 1, 3, 2, 4, 5)
            .reshape(samples, paddedHeight, paddedWidth, channels);
        x = isShifted ? x.roll([down, right], [1, 2]) : x;
        return x.narrow(1, 0, height).narrow(2, 0, width).contiguous().MoveToOuterDisposeScope();
    }

    // x, y to sign * log2(1 + 8 |offset|) / log2(8), the offset in shares of the window: [1, 2 * window - 1, 2 * window - 1, 2].
    private static Tensor LogarithmicOffsets(long window)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor line = Scalars.Range(-(window - 1), window, ScalarType.Float32);
        Tensor offsets = stack(meshgrid([line, line], indexing: "ij"), -1).unsqueeze(0);
        offsets = offsets.Divide(window - 1).Multiply(8);
        return offsets.sign().mul(offsets.abs().Add(1).log2()).Divide(3).MoveToOuterDisposeScope();
    }

    // [N * windows, L, C] to the same.
    private Tensor Attend(Tensor input, Tensor? mask)
    {
        (long samples, long places, long channels) = (input.size(0), input.size(1), input.size(2));
        Tensor projected = LinearProducts.Linear(input, _input.Weight, InputBias(channels))
            .reshape(samples, places, 3, _heads, channels / _heads).permute(2, 0, 3, 1, 4); // [3, N * windows, heads, L, D]
        (Tensor queries, Tensor keys, Tensor values) = (projected[0], projected[1], projected[2]);
        Tensor bias;
        if (_scale is null)
        {
            queries = queries.Multiply(Math.Pow(channels / _heads, -0.5));
            bias = RelativePosition.Bias(_positionTable!, _index, places);
        }
        else
        {
            // The factor goes to one side before the product, where it is cheaper than after.
            queries = nn.functional.normalize(queries, dim: -1).mul(_scale.ClampMax(Math.Log(100)).exp());
            keys = nn.functional.normalize(keys, dim: -1);
            Tensor table = _positionNetwork!.call(_offsets!).view(-1, _heads);
            bias = RelativePosition.Bias(table, _index, places).sigmoid().Multiply(16);
        }

        return _output.call(RelativePosition.Attend(queries, keys, values, bias, mask));
    }

    // Swin V2's keys have no bias, though the checkpoint has a place for it.
    private Tensor InputBias(long channels)
    {
        Tensor bias = _input.Bias!;
        return _scale is null ? bias : cat([bias.narrow(0, 0, channels), bias.new_zeros(channels), bias.narrow(0, 2 * channels, channels)]);
    }

    // A shifted window holds places from opposite edges of the image, which must not see one another: [windows, L, L].
    private Tensor Mask(long rows, long columns, long down, long right, Tensor like)
    {
        float[] regions = new float[rows * columns * _window * _window];
        for (int i = 0; i < regions.Length; i++)
        {
            (long y, long x) = (i / (columns * _window), i % (columns * _window));
            regions[i] = (3 * Region(y, rows * _window, down)) + Region(x, columns * _window, right);
        }

        Tensor region = tensor(regions, [rows, _window, columns, _window], device: like.device)
            .permute(0, 2, 1, 3).reshape(rows * columns, _window * _window);
        return region.unsqueeze(1).sub(region.unsqueeze(2)).ne(Scalars.Zero).to(like.dtype).Multiply(-100);
    }

    private long Region(long place, long size, long shift) => place < size - _window ? 0 : place < size - shift ? 1 : 2;
    private long Windows(long size) => (size + _window - 1) / _window;
}
