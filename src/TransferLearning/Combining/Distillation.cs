namespace TransferLearning;

/// <summary>
/// Learns from another model besides the labels: its probabilities, softened by a temperature (Hinton, Vinyals and Dean, "Distilling the
/// Knowledge in a Neural Network", 2015), and where asked what its layers give (FitNets; Romero et al., 2015) or attend to (Zagoruyko and
/// Komodakis, 2017). The loss is (1 − <see cref="Weight"/>) · the task's own + <see cref="Weight"/> · <see cref="DistillationLoss"/> + the
/// terms of layers. For classifiers of whole samples: images, texts and sounds.
/// </summary>
/// <remarks>The teacher sees what the student is given, so both must want the same preprocessing; their classes are matched by name. It
/// stays the caller's and must live as long as the run. Defaults are those of Tian, Krishnan and Isola, "Contrastive Representation
/// Distillation" (2020), which compares these methods.</remarks>
public sealed record Distillation : TrainingMethod
{
    private readonly TransferModel _teacher;

    /// <summary>Creates the method.</summary>
    /// <param name="teacher">The model to learn from, which is not trained.</param>
    public Distillation(TransferModel teacher)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        _teacher = teacher;
    }

    /// <summary>By what logits are divided before the softmax, above 0. Default: 4.</summary>
    public double Temperature { get; init => field = ValidNumber.Positive(value, nameof(Temperature)); } = 4;

    /// <summary>The share of what the teacher's probabilities say, from 0 to 1; the rest is the labels'. Default: 0.9.</summary>
    public double Weight { get; init => field = ValidNumber.Fraction(value, nameof(Weight)); } = 0.9;

    /// <summary>Layers of which a 1×1 convolution, trained beside the student, is to give what the teacher's give. Default: none.</summary>
    public IReadOnlyList<LayerPair> Hints { get; init; } = [];

    /// <summary>The factor of each hint. Default: 100.</summary>
    public double HintWeight { get; init => field = ValidNumber.NotNegative(value, nameof(HintWeight)); } = 100;

    /// <summary>Layers that are to attend to the same places as the teacher's. Default: none.</summary>
    public IReadOnlyList<LayerPair> Attention { get; init; } = [];

    /// <summary>The factor of each. Default: 1000.</summary>
    public double AttentionWeight { get; init => field = ValidNumber.NotNegative(value, nameof(AttentionWeight)); } = 1000;

    /// <inheritdoc/>
    public override MethodInput Input => Hints.Count + Attention.Count > 0 ? MethodInput.Network : MethodInput.Samples;

    /// <inheritdoc/>
    public override bool ServesRecomputation => Input != MethodInput.Network;

    /// <inheritdoc/>
    public override string Identity => $"{base.Identity} from {RunIdentity.Hash(_teacher.Module.State())}";

    /// <inheritdoc/>
    public override TrainingMethodState Begin(TrainingMethodContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        TeacherNetwork teacher = new(_teacher, context, this, sharesClasses: true);
        try
        {
            return new State(this, context, teacher);
        }
        catch
        {
            teacher.Dispose();
            throw;
        }
    }

    private sealed class State : TrainingMethodState
    {
        private readonly Distillation _method;
        private readonly TeacherNetwork _teacher;
        private readonly DistillationLoss _loss;
        private readonly NetworkLayers? _ofStudent;
        private readonly NetworkLayers? _ofTeacher;
        private readonly (int Student, int Teacher)[] _pairs = [];
        private readonly List<(Parameter Weight, Parameter Bias)> _regressors = [];

        public State(Distillation method, TrainingMethodContext context, TeacherNetwork teacher)
        {
            (_method, _teacher, _loss) = (method, teacher, new DistillationLoss(method.Temperature));
            LayerPair[] pairs = [.. method.Hints, .. method.Attention];
            if (pairs.Length == 0)
            {
                return;
            }

            _ofStudent = NetworkLayers.Named(context.Network, [.. pairs.Select(pair => pair.Student).Distinct()]);
            _ofTeacher = NetworkLayers.Named(teacher.Network, [.. pairs.Select(pair => pair.Teacher).Distinct()]);
            _pairs = [.. pairs.Select(pair => (Place(_ofStudent, pair.Student), Place(_ofTeacher, pair.Teacher)))];
            (long[] Own, long[] Teachers)[] shapes = FirstSample.Run(context, batch =>
            {
                ForwardPass pass = new(context.Network, context.Device);
                Tensor[] own = _ofStudent.Watch(() => pass.Run(batch.Input)).Maps, teachers = teacher.Run(batch.Input, _ofTeacher).Maps;
                return Array.ConvertAll(_pairs, pair => (own[pair.Student].shape, teachers[pair.Teacher].shape));
            });
            for (int i = 0; i < pairs.Length; i++)
            {
                (long[] own, long[] teachers) = shapes[i];
                if (!own.AsSpan(2).SequenceEqual(teachers.AsSpan(2)))
                {
                    throw new ArgumentException(
                        $"'{pairs[i].Student}' of the student gives [{string.Join(", ", own[1..])}], and '{pairs[i].Teacher}' of the "
                            + $"teacher [{string.Join(", ", teachers[1..])}]: choose layers whose maps have the same height and width.");
                }

                if (i < method.Hints.Count)
                {
                    _regressors.Add(Regressor(own[1], teachers[1], context, i));
                }
            }
        }

        public override IReadOnlyList<(string Name, Tensor Parameter, double RateFactor)> Parameters =>
        [
            .. _regressors.SelectMany((regressor, i) => new (string, Tensor, double)[]
            {
                ($"hint{i}.weight", regressor.Weight, 1), ($"hint{i}.bias", regressor.Bias, 1),
            }),
        ];

        public override StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
        {
            ArgumentNullException.ThrowIfNull(step);
            ArgumentNullException.ThrowIfNull(next);
            (Tensor soft, Tensor[] teachers) = _teacher.Run(step.Batch.Input, _ofTeacher);
            (StepLoss result, Tensor[] own) = _ofStudent?.Watch(() => next(step.Batch)) ?? (next(step.Batch), []);
            Tensor loss = result.Loss.Multiply(1 - _method.Weight).Add(_loss.Compute(result.Outputs, soft).Multiply(_method.Weight));
            for (int i = 0; i < _pairs.Length; i++)
            {
                (Tensor map, Tensor teacher) = (own[_pairs[i].Student], teachers[_pairs[i].Teacher]);
                loss = loss.Add(i < _regressors.Count
                    ? FeatureDistance.Hint(nn.functional.conv2d(map, _regressors[i].Weight, _regressors[i].Bias), teacher)
                        .Multiply(_method.HintWeight)
                    : FeatureDistance.AttentionTransfer(map, teacher).Multiply(_method.AttentionWeight));
            }

            return result with { Loss = loss };
        }

        protected override void Dispose(bool disposing)
        {
            _teacher.Dispose();
            foreach ((Parameter weight, Parameter bias) in _regressors)
            {
                weight.Dispose();
                bias.Dispose();
            }

            base.Dispose(disposing);
        }

        private static int Place(NetworkLayers layers, string name) => layers.Names.ToList().IndexOf(name);

        // As PyTorch fills a convolution.
        private static (Parameter Weight, Parameter Bias) Regressor(long channels, long wanted, TrainingMethodContext context, int number)
        {
            using IDisposable guard = no_grad();
            using DisposeScope scope = NewDisposeScope();
            using Generator generator = new(new SeededRandom(context.Options.Seed, number).NextUInt64() >> 1);
            double bound = 1 / Math.Sqrt(channels);
            return (Drawn([wanted, channels, 1, 1]), Drawn([wanted]));

            Parameter Drawn(long[] shape)
            {
                Tensor uniform = rand(shape, generator: generator).Multiply(2 * bound).Add(-bound).to(context.Device.ToTorch());
                return (Parameter)new Parameter(uniform.MoveToOuterDisposeScope()).DetachFromDisposeScope();
            }
        }
    }
}
