namespace TransferLearning;

/// <summary>One thing that a <see cref="Sweep"/> varies: a name, and values from a list or a range, each with what it changes.</summary>
public sealed class SweepAxis
{
    private readonly Func<SweepSetup, string, SweepSetup> _apply;
    private readonly Func<double, double>? _at;

    private SweepAxis(
        string name, IReadOnlyList<string>? values, string description, bool isOrdered, Func<double, double>? at,
        Func<SweepSetup, string, SweepSetup> apply)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        (Name, Values, Description, IsOrdered, _at, _apply) = (name, values, description, isOrdered, at, apply);
    }

    /// <summary>What is varied, in words.</summary>
    public string Name { get; }

    /// <summary>The values in words; null for a range.</summary>
    public IReadOnlyList<string>? Values { get; }

    /// <summary>The values or the range in words.</summary>
    internal string Description { get; }

    /// <summary>Whether the values are numbers in rising or falling order.</summary>
    internal bool IsOrdered { get; }

    /// <summary>An axis of named choices.</summary>
    /// <param name="name">What is varied.</param>
    /// <param name="choices">A name and a function each: <c>("all weights", setup => setup with { Model = setup.Model.Unfreeze()
    /// })</c>.</param>
    /// <exception cref="ArgumentException">There is no choice, or two have one name.</exception>
    public static SweepAxis Of(string name, params (string Name, Func<SweepSetup, SweepSetup> Apply)[] choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        return Listed(name, [.. choices.Select(choice => choice.Name)], false, (setup, index) => choices[index].Apply(setup));
    }

    /// <summary>An axis of values.</summary>
    /// <param name="name">What is varied.</param>
    /// <param name="values">The values, whose text is their name.</param>
    /// <param name="apply">What a value changes: <c>(setup, size) => setup with { Options = setup.Options with { BatchSize = size }
    /// }</c>.</param>
    /// <exception cref="ArgumentException">There is no value, or two have one text.</exception>
    public static SweepAxis Of<T>(string name, IEnumerable<T> values, Func<SweepSetup, T, SweepSetup> apply)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(apply);
        T[] all = [.. values];
        double[] numbers = [.. all.OfType<IConvertible>().Where(value => value is not (string or bool or Enum))
            .Select(value => value.ToDouble(CultureInfo.InvariantCulture))];
        bool isOrdered = numbers.Length == all.Length && (numbers.SequenceEqual(numbers.Order())
            || numbers.SequenceEqual(numbers.OrderDescending()));
        return Listed(name, [.. all.Select(value => RunIdentity.Describe(value))], isOrdered, (setup, index) => apply(setup, all[index]));
    }

    /// <summary>An axis of numbers from a range, each as likely as any other.</summary>
    /// <param name="name">What is varied.</param>
    /// <param name="from">The smallest.</param>
    /// <param name="to">The largest, above it.</param>
    /// <param name="apply">What a number changes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty or not finite.</exception>
    public static SweepAxis Uniform(string name, double from, double to, Func<SweepSetup, double, SweepSetup> apply)
        => Ranged(name, "uniform", from, to, share => from + ((to - from) * share), apply);

    /// <summary>An axis of numbers from a range, each power of ten as likely as any other: for learning rates and penalties.</summary>
    /// <param name="name">What is varied.</param>
    /// <param name="from">The smallest, above 0.</param>
    /// <param name="to">The largest, above it.</param>
    /// <param name="apply">What a number changes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty, not finite or not positive.</exception>
    public static SweepAxis LogUniform(string name, double from, double to, Func<SweepSetup, double, SweepSetup> apply)
    {
        ValidNumber.Positive(from, nameof(from));
        return Ranged(name, "log-uniform", from, to, share => from * Math.Pow(to / from, share), apply);
    }

    /// <summary>Learning rates of the optimizer.</summary>
    public static SweepAxis LearningRate(params double[] rates) => Of("learning rate", rates, WithRate);

    /// <summary>Learning rates of the optimizer from a range, each power of ten as likely as any other.</summary>
    public static SweepAxis LearningRateBetween(double from, double to) => LogUniform("learning rate", from, to, WithRate);

    /// <summary>Weight decays of the optimizer.</summary>
    public static SweepAxis WeightDecay(params double[] decays)
        => Of("weight decay", decays, (setup, decay) => setup with { Optimizer = setup.Optimizer with { WeightDecay = decay } });

    /// <summary>Which weights move when; null for all at once.</summary>
    public static SweepAxis Recipes(params (string Name, Recipe? Recipe)[] recipes) => Of(
        "recipe",
        [
            .. recipes.Select(choice => (choice.Name, (Func<SweepSetup, SweepSetup>)(
                setup => setup with { Options = setup.Options with { Recipe = choice.Recipe } }))),
        ]);

    /// <summary>A value of a range, by a draw.</summary>
    internal string At(double share) => Shown(_at!(share));

    /// <summary>The setup with a value.</summary>
    internal SweepSetup Apply(SweepSetup setup, string value) => _apply(setup, value);

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Description}";

    private static SweepSetup WithRate(SweepSetup setup, double rate)
        => setup with { Optimizer = setup.Optimizer with { LearningRate = rate } };

    private static SweepAxis Listed(string name, string[] names, bool isOrdered, Func<SweepSetup, int, SweepSetup> apply)
    {
        if (names.Length == 0 || names.Distinct(StringComparer.Ordinal).Count() < names.Length)
        {
            throw new ArgumentException(
                $"The axis '{name}' needs at least one value, and each needs a name of its own: {string.Join(", ", names)}.", nameof(name));
        }

        return new SweepAxis(
            name, names, $"[{string.Join(", ", names)}]", isOrdered, null,
            (setup, value) => apply(setup, Array.IndexOf(names, value)));
    }

    private static SweepAxis Ranged(
        string name, string kind, double from, double to, Func<double, double> at, Func<SweepSetup, double, SweepSetup> apply)
    {
        ArgumentNullException.ThrowIfNull(apply);
        ValidNumber.Finite(from, nameof(from));
        ValidNumber.Finite(to, nameof(to));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(to, from);
        return new SweepAxis(
            name, null, $"{kind} from {RunIdentity.Describe(from)} to {RunIdentity.Describe(to)}", true, at,
            (setup, value) => apply(setup, double.Parse(value, CultureInfo.InvariantCulture)));
    }

    // A number is what its name says, so that a table is enough to train again.
    private static string Shown(double number) => number.ToString("G4", CultureInfo.InvariantCulture);
}
