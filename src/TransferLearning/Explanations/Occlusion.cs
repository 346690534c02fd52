namespace TransferLearning;

/// <summary>
/// How much of the score is lost when a part is hidden (Zeiler and Fergus, 2014): a window of an image, a word or token of a text. A
/// pixel's share is the mean over the windows that cover it.
/// </summary>
public sealed record Occlusion : AttributionMethod
{
    // About this many windows fit side by side in an image where the caller does not say it.
    private const int WindowsInARow = 7;

    /// <inheritdoc/>
    public override string Name => "occlusion";

    /// <summary>The window of an image. Default: null, a seventh of its height and width.</summary>
    public PixelSize? Window { get; init; }

    /// <summary>How far the window moves. Default: null, half a window.</summary>
    public PixelSize? Stride { get; init; }

    /// <summary>
    /// What hides. Default: null, which is <see cref="Baseline.Zero"/> for images, and for texts the mask token, or padding, or zeros,
    /// whichever the tokenizer has first.
    /// </summary>
    public Baseline? Fill { get; init; }

    /// <summary>
    /// Whether the tokens of a word are hidden together, each with an equal share of what that changes; else one token at a time. For
    /// texts. Default: true.
    /// </summary>
    public bool WholeWords { get; init; } = true;

    /// <summary>How many hidden parts go through the network at once. Default: 16.</summary>
    public int BatchSize { get; init; } = 16;

    internal override Shares Compute(ScoredInput input, ExplanationWork work)
    {
        Tensor fill = Fill?.For(input.Values) ?? input.Nothing;
        return input.ImageSize is { } size ? OfImage(input, fill, (int)size.Height, (int)size.Width, work) : OfText(input, fill, work);
    }

    private Shares OfImage(ScoredInput input, Tensor fill, int height, int width, ExplanationWork work)
    {
        PixelSize window = Window ?? new(Part(height, WindowsInARow), Part(width, WindowsInARow));
        PixelSize stride = Stride ?? new(Part(window.Height, 2), Part(window.Width, 2));
        if (Math.Min(window.Height, window.Width) < 1 || Math.Min(stride.Height, stride.Width) < 1)
        {
            throw new ArgumentException($"The window {window} and the stride {stride} of an occlusion must be at least 1.");
        }

        int rows = Windows(height, window.Height, stride.Height), columns = Windows(width, window.Width, stride.Width);
        double[] lost = Lost(input, rows * columns, work, (copy, number) =>
        {
            (int top, int left) = (number / columns * stride.Height, number % columns * stride.Width);
            Hide(Part(copy), Part(fill[0]));

            Tensor Part(Tensor image) => image
                .narrow(1, top, Math.Min(window.Height, height - top))
                .narrow(2, left, Math.Min(window.Width, width - left));
        });
        double[] sums = new double[height * width];
        int[] counts = new int[sums.Length];
        for (int number = 0; number < lost.Length; number++)
        {
            (int top, int left) = (number / columns * stride.Height, number % columns * stride.Width);
            for (int y = top; y < Math.Min(height, top + window.Height); y++)
            {
                for (int x = left; x < Math.Min(width, left + window.Width); x++)
                {
                    sums[(y * width) + x] += lost[number];
                    counts[(y * width) + x]++;
                }
            }
        }

        double[] map = [.. sums.Zip(counts, (sum, count) => count == 0 ? 0 : sum / count)];
        return new Shares(tensor(map, [height, width]), IsSigned: true) { Grid = tensor(lost, [rows, columns]) };
    }

    private Shares OfText(ScoredInput input, Tensor fill, ExplanationWork work)
    {
        IReadOnlyList<int>[] parts = WholeWords
            ? [.. input.Words!]
            : [.. input.Words!.SelectMany(word => word).Select(token => (int[])[token])];
        double[] lost = Lost(input, parts.Length, work, (copy, number) =>
        {
            foreach (int token in parts[number])
            {
                Hide(copy[token], fill[0, token]);
            }
        });
        double[] shares = new double[input.Values.size(1)];
        for (int number = 0; number < parts.Length; number++)
        {
            foreach (int token in parts[number])
            {
                shares[token] = lost[number] / parts[number].Count;
            }
        }

        return new Shares(tensor(shares), IsSigned: true);
    }

    // What the score loses when each of some parts is hidden in a copy of the input.
    private double[] Lost(ScoredInput input, int count, ExplanationWork work, Action<Tensor, int> hide)
    {
        double[] lost = new double[count];
        work.Run(count, BatchSize, (first, size) =>
        {
            using IDisposable guard = no_grad();
            Tensor copies = input.Values.expand([size + 1, .. input.Values.shape[1..]]).clone();
            for (int i = 0; i < size; i++)
            {
                hide(copies[i], first + i);
            }

            // The whole input in the same batch is rounded as the others: what hides nothing loses exactly nothing.
            double[] scores = input.ScoreValues(copies);
            for (int i = 0; i < size; i++)
            {
                lost[first + i] = scores[size] - scores[i];
            }
        });
        return lost;
    }

    private static void Hide(Tensor part, Tensor fill) => part.copy_(fill);

    private static int Part(int size, int parts) => Math.Max(1, (size + parts - 1) / parts);

    private static int Windows(int size, int window, int stride) => 1 + (Math.Max(0, size - window + stride - 1) / stride);
}
