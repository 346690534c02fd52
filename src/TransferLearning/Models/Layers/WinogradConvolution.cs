using System.Runtime.Intrinsics.X86;

namespace TransferLearning.Layers;

/// <summary>
/// A convolution with 3 x 3 filters as products of turned tiles (Winograd's minimal filtering F(4 x 4, 3 x 3); Lavin and Gray, "Fast
/// Algorithms for Convolutional Neural Networks", 2015): 36 multiplications for 16 pixels instead of 144. Results differ from the direct
/// sum by rounding alone, some 1e-6 of their norm, and an image's do not depend on the others of its batch.
/// </summary>
/// <remarks>Which is faster belongs to the processor: it is measured once, and remembered by <see cref="MeasuredForms"/>.</remarks>
internal sealed class WinogradConvolution : IFusedConvolution
{
    // Turning filters takes as long as the products of so many tiles.
    private const int TilesWorthFilters = 20;

    // Of the direct sum's multiplications, as a measure of time: a product of tiles comes as near to the processor's peak as that does.
    private const double MostMultiplications = 0.6;

    // Smaller ones take a fraction of a millisecond, of which handing it out is too large a part: 28 maps of 8 x 8 x 64.
    private const double FewestMultiplications = 1 << 26;

    // So many tiles fit the second cache beside the filters of a panel; where turning those takes longer, more of them pay.
    private const int TilesAtOnce = 96, TilesAtOnceOfDeepMaps = 144, DeepMap = 128;

    private const int TrialChannels = 64, TrialSide = 56;
    private const double Gain = 0.8;

    private static readonly Lazy<bool> IsFaster = new(() => IsFasterHere(MeasuredForms.Shared));

    private readonly int _padding;
    private readonly Tensor _filters;
    private readonly Tensor _bias;

    /// <param name="convolution">The convolution, of a kind that <see cref="Suits"/> names.</param>
    /// <param name="norm">What follows it, or null.</param>
    public WinogradConvolution(Conv2d convolution, BatchNorm2d? norm)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor weight, Tensor bias) = FoldedWeights.Of(convolution, norm);
        _padding = (int)convolution.Geometry.Padding[0];
        _filters = InPanels(weight).DetachFromDisposeScope();
        _bias = bias.clone().DetachFromDisposeScope();
    }

    /// <summary>Whether this is right for a layer, pays for inputs of a shape and is faster on this machine.</summary>
    public static bool Suits(Conv2d convolution, Tensor input)
        => Fma.IsSupported && SavesMultiplications(convolution, input) && IsFaster.Value;

    /// <summary>Whether this is right for a layer and has far fewer multiplications for inputs of a shape.</summary>
    public static bool SavesMultiplications(Conv2d convolution, Tensor input)
        => IsOfItsKind(convolution) && HasFewerMultiplications(convolution, input);

    /// <summary>Whether it is faster than oneDNN's convolution on this machine.</summary>
    public static bool IsFasterHere(MeasuredForms forms) => forms.IsFaster(
        $"3 x 3 filters over {TrialChannels} channels of {TrialSide} x {TrialSide}",
        "winograd",
        "direct",
        Gain,
        () =>
        {
            Tensor input = ones(2, TrialSide, TrialSide, TrialChannels).permute(0, 3, 1, 2), bias = ones(TrialChannels);
            Tensor weight = ones(TrialChannels, TrialChannels, 3, 3), panels = InPanels(weight);
            object[] geometry = new ConvolutionGeometry([1, 1], [1, 1], [1, 1], 1).Arguments;
            Tensor packed = OneDnnScript.Pack(weight, geometry, input);
            return (
                () => Run(input, panels, bias, 1, null, isRectified: true),
                () => OneDnnScript.Convolve(input, packed, bias, geometry, PointwiseFunction.Relu.Name));
        });

    public Tensor Run(Tensor input, PointwiseFunction? function, Tensor? addend)
    {
        using DisposeScope scope = NewDisposeScope();
        bool isRectified = function == PointwiseFunction.Relu;
        Tensor result = Run(input.to(ScalarType.Float32), _filters, _bias, _padding, addend, isRectified);
        return (isRectified ? result : function?.Apply(result) ?? result).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _filters.Dispose();
        _bias.Dispose();
    }

    private static bool IsOfItsKind(Conv2d convolution)
    {
        (long[] stride, long[] padding, long[] dilation, long groups) = (
            convolution.Geometry.Stride, convolution.Geometry.Padding, convolution.Geometry.Dilation, convolution.Geometry.Groups);
        return convolution.Weight.shape is [long outputs, long inputs, 3, 3]
            && outputs % WinogradTiles.Lanes == 0 && inputs % WinogradTiles.Lanes == 0
            && stride is [1, 1] && dilation is [1, 1] && groups == 1 && padding[0] == padding[1];
    }

    private static bool HasFewerMultiplications(Conv2d convolution, Tensor input)
    {
        int padding = (int)convolution.Geometry.Padding[0], inputs = (int)input.size(1), outputs = (int)convolution.Weight.size(0);
        TileGrid grid = new((int)input.size(0), (int)input.size(2), (int)input.size(3), padding);
        if (grid.Height < 1 || grid.Width < 1)
        {
            return false;
        }

        (int blocks, int each, _) = Divide(grid, inputs, outputs);
        double tiles = (double)blocks * (each + TilesWorthFilters), direct = 9.0 * grid.Images * grid.Height * grid.Width;
        return tiles * WinogradTiles.Positions < MostMultiplications * direct && direct * inputs * outputs >= FewestMultiplications;
    }

    // [panels, inputs, 9, 32]: filters that are used together lie together; the last panel is filled up with zeros. LibTorch's own copy
    // into this order takes as long as a pass through the network.
    private static unsafe Tensor InPanels(Tensor weight)
    {
        using DisposeScope scope = NewDisposeScope();
        (long outputs, long numbers) = (weight.size(0), weight.numel() / weight.size(0));
        int panels = Panels((int)outputs);
        Tensor result = zeros(panels, weight.size(1), numbers / weight.size(1), WinogradTiles.PanelWidth);
        float* from = Start(weight.contiguous()), to = Start(result);
        OpenMpThreads.Run(panels, (_, panel) =>
        {
            long first = (long)panel * WinogradTiles.PanelWidth, width = Math.Min(WinogradTiles.PanelWidth, outputs - first);
            float* row = to + (first * numbers);
            for (long number = 0; number < numbers; number++, row += WinogradTiles.PanelWidth)
            {
                for (long output = 0; output < width; output++)
                {
                    row[output] = from[((first + output) * numbers) + number];
                }
            }
        });
        return result.MoveToOuterDisposeScope();
    }

    // How many blocks of how many tiles, and in how many groups each block's panels of filters are shared out, so that every thread has
    // work.
    private static (int Blocks, int Each, int Groups) Divide(TileGrid grid, int inputs, int outputs)
    {
        int threads = get_num_threads(), panels = Panels(outputs);
        int blocks = Shares(grid.Tiles, inputs < DeepMap ? TilesAtOnce : TilesAtOnceOfDeepMaps);
        int groups = Math.Min(panels, Shares(threads, blocks));
        blocks = groups > 1 ? Math.Max(blocks, threads / groups) : Shares(blocks, threads) * threads;
        int each = Shares(Shares(grid.Tiles, blocks), TileProduct.Rows) * TileProduct.Rows;
        return (Shares(grid.Tiles, each), each, groups);
    }

    private static int Panels(int outputs) => Shares(outputs, WinogradTiles.PanelWidth);

    private static int Shares(int whole, int part) => (whole + part - 1) / part;

    private static unsafe Tensor Run(
        Tensor input, Tensor filters, Tensor bias, int padding, Tensor? addend, bool isRectified)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor maps = input.permute(0, 2, 3, 1).contiguous();
        TileGrid grid = new((int)maps.size(0), (int)maps.size(1), (int)maps.size(2), padding);
        Tensor? sum = addend?.to(ScalarType.Float32).permute(0, 2, 3, 1).contiguous();
        Tensor result = sum ?? empty(grid.Images, grid.Height, grid.Width, bias.size(0));
        (int inputs, int outputs, int panels) = ((int)maps.size(3), (int)bias.size(0), (int)filters.size(0));
        (int blocks, int each, int groups) = Divide(grid, inputs, outputs);
        WinogradTiles tiles = new(
            grid, inputs, outputs, Start(maps), Start(filters), Start(bias), Start(result), sum is not null, isRectified);
        int pieces = blocks * groups;
        long size = tiles.RoomFor(each);
        float* room = Start(empty(OpenMpThreads.WorkersFor(pieces), size));
        OpenMpThreads.Run(pieces, (worker, piece) =>
        {
            (int block, int group) = (piece / groups, piece % groups);
            (int from, int to) = (group * panels / groups, (group + 1) * panels / groups);
            tiles.Compute(block * each, Math.Min(each, grid.Tiles - (block * each)), from, to, room + (worker * size));
        });
        return result.permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    // A span of all bytes would end at two gigabytes.
    private static unsafe float* Start(Tensor tensor) => (float*)MemoryLayout.Start(tensor);
}
