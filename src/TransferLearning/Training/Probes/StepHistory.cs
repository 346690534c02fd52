namespace TransferLearning;

/// <summary>
/// The last steps of L-BFGS and what each did to the gradient, from which follows where to go next. All lie in one matrix beside the
/// gradient, and the usual recursion runs on their products with each other (Chen, Wang and Zhou: Large-scale L-BFGS using MapReduce,
/// 2014): two passes over the matrix for each step, in place of four over each of its rows.
/// </summary>
internal sealed class StepHistory
{
    private const int Remembered = 10;
    private const int OfGradient = 2 * Remembered;

    // Steps, then changes of the gradient, then the gradient; all of them, and each as a view.
    private readonly Tensor _matrix;
    private readonly Tensor[] _rows;
    private readonly double[,] _products = new double[OfGradient + 1, OfGradient + 1];
    private readonly List<int> _pairs = new(Remembered); // from the oldest to the newest
    private int _free;

    /// <summary>Knows no step yet; its tensors join the caller's dispose scope.</summary>
    /// <param name="point">A point, for its length and type.</param>
    public StepHistory(Tensor point)
    {
        _matrix = zeros([OfGradient + 1, point.numel()], point.dtype);
        _rows = _matrix.unbind(0);
    }

    /// <summary>Takes up a step, in place of the oldest where there are enough; one along which the function does not curve upwards is left
    /// out.</summary>
    /// <param name="step">From one point to the next.</param>
    /// <param name="change">From the gradient at one to that at the next.</param>
    /// <param name="gradient">The gradient at the next.</param>
    public void Add(Tensor step, Tensor change, Tensor gradient)
    {
        if (_pairs.Count == Remembered)
        {
            _free = _pairs[0];
            _pairs.RemoveAt(0);
        }

        using DisposeScope scope = NewDisposeScope();
        int[] places = [_free, Remembered + _free, OfGradient];
        _rows[places[0]].copy_(step);
        _rows[places[1]].copy_(change);
        _rows[places[2]].copy_(gradient);
        double[] products = stack([step, change, gradient]).mm(_matrix.t()).to(ScalarType.Float64).data<double>().ToArray();
        for (int i = 0; i < places.Length; i++)
        {
            for (int row = 0; row <= OfGradient; row++)
            {
                double product = products[(i * (OfGradient + 1)) + row];
                (_products[places[i], row], _products[row, places[i]]) = (product, product);
            }
        }

        if (Curvature(_free) > 0)
        {
            _pairs.Add(_free);
            _free = _pairs.Count;
        }
    }

    /// <summary>Minus the inverse second derivative, as the steps show it, times the gradient.</summary>
    public Tensor Direction()
    {
        double[] shares = new double[OfGradient + 1];
        shares[OfGradient] = -1;
        for (int i = _pairs.Count - 1; i >= 0; i--)
        {
            int pair = _pairs[i];
            shares[Remembered + pair] = -Along(pair) / Curvature(pair);
        }

        if (_pairs.Count > 0)
        {
            int change = Remembered + _pairs[^1];
            double scale = Curvature(_pairs[^1]) / _products[change, change];
            for (int i = 0; i < shares.Length; i++)
            {
                shares[i] *= scale;
            }

            foreach (int pair in _pairs)
            {
                shares[pair] -= (Along(Remembered + pair) / Curvature(pair)) + (shares[Remembered + pair] / scale);
            }
        }

        using Tensor all = tensor(shares, _matrix.dtype), across = _matrix.t();
        return across.mv(all);

        double Along(int row)
        {
            double sum = 0;
            for (int i = 0; i < shares.Length; i++)
            {
                sum += shares[i] * _products[row, i];
            }

            return sum;
        }
    }

    private double Curvature(int pair) => _products[pair, Remembered + pair];
}
