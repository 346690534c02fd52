namespace TransferLearning.Layers;

/// <summary>A convolution of whole numbers: inputs from 0 to 255, filters from -127 to 127, sums in 32 bits.</summary>
internal sealed class QuantizedConvolution : IDisposable
{
    private readonly ConvolutionGeometry _geometry;
    private readonly QuantizedRange _input;
    private readonly QuantizedRange _output;
    private readonly Tensor _weight;
    private readonly Tensor _scales;
    private readonly Tensor _zeros;
    private readonly Tensor _bias;

    /// <param name="convolution">The convolution.</param>
    /// <param name="norm">What follows it, or null.</param>
    /// <param name="input">An input of the shape that the filters are laid out for; others are right too.</param>
    /// <param name="range">The range of the input.</param>
    /// <param name="output">The range of the result, where that is to be whole numbers.</param>
    public QuantizedConvolution(Conv2d convolution, BatchNorm2d? norm, Tensor input, QuantizedRange range, QuantizedRange output)
    {
        using DisposeScope scope = NewDisposeScope();
        (_geometry, _input, _output) = (convolution.Geometry, range, output);
        (Tensor weight, Tensor? factors, Tensor bias) = FoldedWeights.FactorsOf(convolution, norm);
        QuantizedWeights whole = QuantizedWeights.Of(weight, factors);
        _weight = OneDnnScript.PackInt8(whole.Whole, whole.Scales, (range.Scale, range.Zero), _geometry.Arguments, input)
            .DetachFromDisposeScope();
        (_scales, _zeros) = (whole.Scales.DetachFromDisposeScope(), whole.Zeros.DetachFromDisposeScope());
        _bias = bias.clone().DetachFromDisposeScope();
    }

    /// <summary>function(convolution(input) + addend).</summary>
    /// <param name="input">Float32, or whole numbers of the range that it was made for.</param>
    /// <param name="function">What comes last, or null.</param>
    /// <param name="addend">Float32, or null; the sum may be written into it.</param>
    /// <param name="givesWhole">Whether the result is to be whole numbers.</param>
    /// <returns>The result, which the caller disposes, and its range where it is whole numbers.</returns>
    public (Tensor Result, QuantizedRange? Range) Run(Tensor input, PointwiseFunction? function, Tensor? addend, bool givesWhole)
    {
        using DisposeScope scope = NewDisposeScope();
        bool isFused = addend is null || function is null || function == PointwiseFunction.Relu;
        QuantizedRange? range = givesWhole && addend is null ? _output : null;
        Tensor x = input.dtype == ScalarType.Byte ? input : _input.Apply(input);
        object[] layer = [_input.Scale, _input.Zero, _weight, _scales, _zeros, _bias, .. _geometry.Arguments];
        if (addend is null || !isFused)
        {
            (double, int)? given = range is null ? null : (range.Scale, range.Zero);
            Tensor result = OneDnnScript.ConvolveInt8(x, layer, isFused ? function?.Name : null, given);
            result = isFused ? result : function!.Apply(result.AddInPlace(addend!));
            return (result.MoveToOuterDisposeScope(), range);
        }

        Tensor sum = addend.stride(1) == 1 ? addend : MemoryLayout.WithChannelsLast(addend);
        return (OneDnnScript.AccumulateInt8(sum, x, layer, function?.Name).MoveToOuterDisposeScope(), null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weight.Dispose();
        _scales.Dispose();
        _zeros.Dispose();
        _bias.Dispose();
    }
}
