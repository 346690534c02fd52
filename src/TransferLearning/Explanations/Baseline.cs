namespace TransferLearning;

/// <summary>What stands for "nothing is there" in an input, as the network takes it.</summary>
public sealed class Baseline
{
    private readonly string _name;
    private readonly Func<Tensor, Tensor> _for;

    private Baseline(string name, Func<Tensor, Tensor> makes) => (_name, _for) = (name, makes);

    /// <summary>Zeros: of an image the mean colour of what the network was trained on, since images are normalised by it.</summary>
    public static Baseline Zero { get; } = new("zero", input => input.new_zeros(input.shape));

    /// <summary>Of an image the mean of each of its channels.</summary>
    public static Baseline ChannelMean { get; } = new(
        "mean of each channel",
        input => input.dim() == 4 ? input.mean([2, 3], keepdim: true).expand_as(input).clone() : throw OnlyImages("ChannelMean"));

    /// <summary>One colour, in the numbers that the network takes, after the normalisation.</summary>
    /// <param name="channels">A number for each channel.</param>
    public static Baseline Color(params IReadOnlyList<double> channels)
    {
        double[] numbers = [.. channels ?? throw new ArgumentNullException(nameof(channels))];
        return new Baseline($"color {string.Join(", ", numbers)}", input =>
        {
            if (input.dim() != 4)
            {
                throw OnlyImages(nameof(Color));
            }

            return numbers.Length == input.size(1)
                ? tensor(numbers, [1, numbers.Length, 1, 1]).to(input.dtype, input.device).expand_as(input).clone()
                : throw new ArgumentException($"A colour needs {input.size(1)} numbers, one for each channel; there are {numbers.Length}.");
        });
    }

    /// <summary>A whole input of the caller's.</summary>
    /// <param name="values">Its numbers in the order in which the network takes them: of an image red, green and blue planes.</param>
    public static Baseline Of(IReadOnlyList<float> values)
    {
        float[] numbers = [.. values ?? throw new ArgumentNullException(nameof(values))];
        return new Baseline($"{numbers.Length} given numbers", input => numbers.Length == input.numel()
            ? tensor(numbers, input.shape).to(input.dtype, input.device)
            : throw new ArgumentException(
                $"The baseline has {numbers.Length} numbers; the input [{string.Join(", ", input.shape)}] has {input.numel()}."));
    }

    /// <inheritdoc/>
    public override string ToString() => _name;

    /// <summary>The baseline of an input, of its shape; it joins the caller's dispose scope.</summary>
    internal Tensor For(Tensor input) => _for(input);

    private static ArgumentException OnlyImages(string name)
        => new($"Baseline.{name} is for images, which have channels; take Baseline.Zero or none for texts.");
}
