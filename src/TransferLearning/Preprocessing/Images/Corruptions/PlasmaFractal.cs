namespace TransferLearning;

/// <summary>A square of random clouds by the diamond-square algorithm (Fournier, Fussell and Carpenter, 1982), from 0 to 1; opposite edges
/// fit together.</summary>
internal sealed class PlasmaFractal
{
    // Clouds are smooth: what is larger shows this map enlarged, instead of taking memory by the square of its longer side.
    private const int LargestSide = 1024;

    private readonly float[] _map;
    private readonly int _side;
    private readonly int _shown;

    /// <param name="shown">The longer side of what is covered, in pixels.</param>
    /// <param name="decay">How much weaker finer detail is: its spread falls by the square of this from one scale to the next.</param>
    /// <param name="random">Where draws come from.</param>
    public PlasmaFractal(int shown, double decay, ref SeededRandom random)
    {
        _side = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(shown, 2, LargestSide));
        _shown = Math.Max(shown, _side);
        _map = new float[_side * _side];
        double spread = 1;
        for (int step = _side; step >= 2; step /= 2)
        {
            int half = step / 2;
            for (int y = 0; y < _side; y += step)
            {
                for (int x = 0; x < _side; x += step)
                {
                    float corners = At(x, y) + At(x + step, y) + At(x, y + step) + At(x + step, y + step);
                    At(x + half, y + half) = Moved(corners, spread, ref random);
                }
            }

            for (int y = 0; y < _side; y += step)
            {
                for (int x = 0; x < _side; x += step)
                {
                    float corner = At(x, y), centre = At(x + half, y + half);
                    At(x + half, y) = Moved(corner + At(x + step, y) + centre + At(x + half, y - half), spread, ref random);
                    At(x, y + half) = Moved(corner + At(x, y + step) + centre + At(x - half, y + half), spread, ref random);
                }
            }

            spread /= decay * decay;
        }

        float lowest = _map.Min(), range = _map.Max() - lowest;
        for (int i = 0; i < _map.Length; i++)
        {
            _map[i] = range > 0 ? (_map[i] - lowest) / range : 0;
        }
    }

    /// <summary>The cloud over one pixel.</summary>
    public float this[int x, int y] => _map[(int)(((long)y * _side / _shown * _side) + ((long)x * _side / _shown))];

    private ref float At(int x, int y) => ref _map[((y & (_side - 1)) * _side) + (x & (_side - 1))];

    private static float Moved(float sumOfFour, double spread, ref SeededRandom random)
        => (sumOfFour / 4) + (float)random.NextDouble(-spread, spread);
}
