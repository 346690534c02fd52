namespace TransferLearning.Layers;

/// <summary>
/// A convolution on a map of a few pixels as one matrix product. There every pixel of the result depends on most of the map, and most of
/// what the filters cover is padding: for 3 x 3 filters the matrix has 16 / 36 of the products on 2 x 2 pixels and a ninth on one.
/// </summary>
internal sealed class MatrixConvolution : IFusedConvolution
{
    // With more pixels the matrix has more numbers than it saves products; with fewer images reading it takes longer than that.
    private const int MostPixels = 4;
    private const int MostInputs = 2048;
    private const int FewestImages = 16;

    private readonly ScalarType _type;
    private readonly bool _isPacked;
    private readonly Tensor _matrix;
    private readonly Tensor _bias;
    private readonly long[] _output;

    /// <param name="convolution">The convolution.</param>
    /// <param name="norm">What follows it, or null.</param>
    /// <param name="input">An input of the size of the maps; the matrix is laid out for as many.</param>
    /// <param name="type">The number type of inputs and matrix.</param>
    public MatrixConvolution(Conv2d convolution, BatchNorm2d? norm, Tensor input, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        _type = type;
        ConvolutionGeometry geometry = convolution.Geometry;
        (Tensor weight, Tensor bias) = FoldedWeights.Of(convolution, norm);

        // What the convolution makes of each unit of the input is a row; channels come last on both sides, as in memory.
        (long inputs, long height, long width) = (input.size(1), input.size(2), input.size(3));
        Tensor units = eye(height * width * inputs).view(-1, height, width, inputs).permute(0, 3, 1, 2);
        Tensor rows = nn.functional.conv2d(units, weight, null, geometry.Stride, geometry.Padding, geometry.Dilation, geometry.Groups);
        _output = [rows.size(2), rows.size(3), rows.size(1)];
        Tensor matrix = rows.permute(0, 2, 3, 1).reshape(units.size(0), -1).t().contiguous().to(type);
        _isPacked = type == ScalarType.Float32 && OneDnnScript.IsAvailable && OneDnnLinear.IsKnown && LibTorch.OneDnnIsOn;
        _matrix = (_isPacked ? OneDnnScript.PackLinear(matrix, input.size(0)) : matrix).DetachFromDisposeScope();
        _bias = bias.repeat(_output[0] * _output[1]).to(type).DetachFromDisposeScope();
    }

    /// <summary>Whether this pays for inputs of a shape.</summary>
    public static bool Suits(Conv2d convolution, Tensor input)
    {
        long pixels = input.size(2) * input.size(3);
        return pixels <= MostPixels && pixels * input.size(1) <= MostInputs && (pixels == 1 || input.size(0) >= FewestImages)
            && convolution.Weight.size(2) * convolution.Weight.size(3) > 1 && convolution.Geometry.Groups == 1;
    }

    public Tensor Run(Tensor input, PointwiseFunction? function, Tensor? addend)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = input.to(_type).permute(0, 2, 3, 1).reshape(input.size(0), -1);
        Tensor product = _isPacked ? OneDnnLinear.Run(rows, _matrix, _bias) : nn.functional.linear(rows, _matrix, _bias);
        Tensor maps = product.view([-1, .. _output]).permute(0, 3, 1, 2);
        maps = addend is null ? maps : maps.AddInPlace(addend);
        return (function?.Apply(maps) ?? maps).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _matrix.Dispose();
        _bias.Dispose();
    }
}
