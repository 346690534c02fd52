namespace TransferLearning;

/// <summary>
/// Trains features from which a second network, the discriminator, cannot learn whether a sample is of the source or of the target: DANN
/// (Ganin et al., "Domain-Adversarial Training of Neural Networks", 2016).
/// </summary>
/// <remarks>The discriminator has two hidden layers with ReLU and learns from both domains in each step; on the way back its gradient is
/// reversed and multiplied by low + (high - low) (2 / (1 + exp(-steepness x)) - 1), where x is how much of the run is done. The
/// Transfer-Learning-Library has a steepness of 1 and steps divided by 1000 instead: <see cref="WarmUpSteps"/>.</remarks>
/// <param name="Target">The samples of the target; it stays the caller's.</param>
public sealed record DomainAdversarial(Dataset Target) : DomainMethod(Target)
{
    /// <summary>The width of the two hidden layers of the discriminator. Default: 1024.</summary>
    public int HiddenWidth { get; init => field = ValidNumber.AtLeast(value, 1, nameof(HiddenWidth)); } = 1024;

    /// <summary>The learning rate of the discriminator as a multiple of the run's; it begins with random weights. Default: 10.</summary>
    public double RateFactor { get; init => field = ValidNumber.NotNegative(value, nameof(RateFactor)); } = 10;

    /// <summary>How fast the reversed gradient grows. Default: 10, the paper's.</summary>
    public double Steepness { get; init => field = ValidNumber.NotNegative(value, nameof(Steepness)); } = 10;

    /// <summary>The factor of the reversed gradient at the start. Default: 0.</summary>
    public double Low { get; init => field = ValidNumber.NotNegative(value, nameof(Low)); }

    /// <summary>The factor that it grows towards. Default: 1.</summary>
    public double High { get; init => field = ValidNumber.NotNegative(value, nameof(High)); } = 1;

    /// <summary>The optimizer steps that count as one whole, after which it grows on; null for the whole run. Default: null.</summary>
    public int? WarmUpSteps { get; init => field = value is { } steps ? ValidNumber.AtLeast(steps, 1, nameof(WarmUpSteps)) : null; }

    /// <summary>The factor of the reversed gradient.</summary>
    /// <param name="progress">How much of the run is done, from 0 to 1.</param>
    /// <param name="steps">How many optimizer steps were taken.</param>
    internal double Coefficient(double progress, long steps)
        => GradientReversal.Coefficient(WarmUpSteps is { } whole ? (double)steps / whole : progress, Steepness, Low, High);

    /// <inheritdoc/>
    private protected override TrainingMethodState BeginTerm(TrainingMethodContext context) => new State(this, context);

    private sealed class State : DomainState
    {
        // What the weights of the discriminator are drawn for.
        private const int WeightStream = -78;

        private readonly DomainAdversarial _method;
        private readonly Sequential _discriminator;
        private readonly Tensor _steps = zeros([], ScalarType.Int64).DetachFromDisposeScope();

        public State(DomainAdversarial method, TrainingMethodContext context)
            : base(method, context)
        {
            _method = method;
            int width = method.HiddenWidth;
            Linear[] layers = [new(context.Network.FeatureCount, width), new(width, width), new(width, 1)];
            using (no_grad())
            using (DisposeScope scope = NewDisposeScope())
            {
                for (int i = 0; i < layers.Length; i++)
                {
                    using Generator generator = new(new SeededRandom(context.Options.Seed, WeightStream, i).NextUInt64());
                    LayerInitializers.Default(layers[i], generator);
                }
            }

            _discriminator = new Sequential(layers[0], Activation.Relu(), layers[1], Activation.Relu(), layers[2]);
            _discriminator.to(context.Device.ToTorch());
        }

        public override IReadOnlyList<(string Name, Tensor Parameter, double RateFactor)> Parameters
            => [.. _discriminator.named_parameters().Select(entry => (entry.name, (Tensor)entry.parameter, _method.RateFactor))];

        public override IReadOnlyList<(string Name, Tensor Value)> Saved => [("steps", _steps)];

        public override void AfterStep()
        {
            using DisposeScope scope = NewDisposeScope();
            _steps.add_(Scalars.One, Scalars.One);
        }

        protected override Tensor Term(MethodStep step, Tensor source, Tensor target, Tensor logits)
        {
            double coefficient = _method.Coefficient(step.Progress, _steps.item<long>());
            Tensor ofSource = _discriminator.call(GradientReversal.Of(source, coefficient));
            Tensor ofTarget = _discriminator.call(GradientReversal.Of(target, coefficient));

            // Cross entropy with 1 for the source and 0 for the target, half of each.
            return nn.functional.logsigmoid(ofSource).mean().Add(nn.functional.logsigmoid(ofTarget.neg()).mean()).Multiply(-0.5);
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            _discriminator.Dispose();
            _steps.Dispose();
        }
    }
}
