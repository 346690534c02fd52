using System.Text.Json.Serialization;

namespace TransferLearning;

/// <summary>A running optimizer and its schedule in the words of <c>torch.optim</c>: what a checkpoint of a run knows of them, and what is
/// compared with a checkpoint that Python wrote.</summary>
/// <param name="Rule">The class of <c>torch.optim</c>: <c>SGD</c>.</param>
/// <param name="Numbers">Its options that are numbers, by PyTorch's names, without those that a group has for itself.</param>
/// <param name="Switches">Its options that are on or off.</param>
/// <param name="Groups">Its parameter groups in the order of their first parameters.</param>
internal sealed record OptimizerOutline(
    string Rule, IReadOnlyDictionary<string, double> Numbers, IReadOnlyDictionary<string, bool> Switches,
    IReadOnlyList<OptimizerOutline.Group> Groups)
{
    /// <summary>The scheduler; null where PyTorch has none that gives the same rates.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SchedulerOutline? Scheduler { get; init; }

    /// <summary>A running optimizer at some moment of a run.</summary>
    /// <param name="rule">The optimizer.</param>
    /// <param name="slots">What it trains.</param>
    /// <param name="network">The network, which has PyTorch's order.</param>
    /// <param name="schedule">How the rate moves.</param>
    /// <param name="moment">The next step.</param>
    public static OptimizerOutline Of(
        Optimizer rule, IReadOnlyList<OptimizerSlot> slots, nn.Module network, LearningRateSchedule schedule, in ScheduleMoment moment)
    {
        double baseRate = rule.LearningRate, rate = schedule.LearningRate(moment);
        double? momentum = schedule.Momentum(moment);
        Dictionary<string, int> order = ModuleState.Of(network)
            .Select((entry, place) => (entry.Key, place))
            .ToDictionary(entry => entry.Key, entry => entry.place);
        Group[] groups =
        [
            .. slots
                .OrderBy(slot => order.GetValueOrDefault(slot.Name, int.MaxValue)) // those of methods come last
                .GroupBy(slot => (slot.RateFactor, slot.WeightDecay))
                .Select(part => new Group(
                    rate * part.Key.RateFactor, baseRate * part.Key.RateFactor, part.Key.WeightDecay, [.. part.Select(slot => slot.Name)])),
        ];
        SchedulerOutline? scheduler = SchedulerOutline.Of(schedule, moment);
        return rule switch
        {
            Sgd sgd => Outline(
                "SGD", [("momentum", momentum ?? sgd.Momentum), ("dampening", sgd.Dampening)], [("nesterov", sgd.Nesterov)]),
            Adam adam => OfAdam("Adam", momentum ?? adam.Beta1, adam.Beta2, adam.Epsilon, adam.Amsgrad),
            AdamW adam => OfAdam("AdamW", momentum ?? adam.Beta1, adam.Beta2, adam.Epsilon, adam.Amsgrad),
            RmsProp rms => Outline(
                "RMSprop",
                [("alpha", rms.Alpha), ("eps", rms.Epsilon), ("momentum", momentum ?? rms.Momentum)],
                [("centered", rms.Centered)]),
            Adagrad adagrad => Outline(
                "Adagrad",
                [("lr_decay", adagrad.RateDecay), ("eps", adagrad.Epsilon), ("initial_accumulator_value", adagrad.InitialSum)],
                []),
            _ => throw new NotSupportedException($"torch.optim has nothing like {rule.GetType().Name}."),
        };

        OptimizerOutline OfAdam(string name, double beta1, double beta2, double epsilon, bool amsgrad)
            => Outline(name, [("beta1", beta1), ("beta2", beta2), ("eps", epsilon)], [("amsgrad", amsgrad)]);

        OptimizerOutline Outline(string name, (string Name, double Value)[] numbers, (string Name, bool Value)[] switches)
            => new(
                name,
                numbers.ToDictionary(entry => entry.Name, entry => entry.Value),
                switches.ToDictionary(entry => entry.Name, entry => entry.Value),
                groups)
            {
                Scheduler = scheduler,
            };
    }

    /// <summary>The state dict that <c>optimizer.load_state_dict</c> takes: <c>state</c> by the number of the parameter, and
    /// <c>param_groups</c> with every option.</summary>
    /// <param name="stepCounts">How many updates each parameter has had.</param>
    /// <param name="buffers">What is remembered of a parameter, by PyTorch's names.</param>
    /// <param name="shapeOf">A tensor of a parameter's shape and type, for what PyTorch remembers from the start.</param>
    public Dictionary<object, object?> ToStateDict(
        IReadOnlyDictionary<string, long> stepCounts, Func<string, IEnumerable<KeyValuePair<string, Tensor>>> buffers,
        Func<string, Tensor> shapeOf)
    {
        Dictionary<object, object?> state = [];
        List<object?> groups = [];
        int number = 0;
        foreach (Group part in Groups)
        {
            int first = number;
            foreach (string name in part.Parameters)
            {
                Dictionary<object, object?> entry = OfParameter(name);
                if (entry.Count > 0)
                {
                    state[number] = entry;
                }

                number++;
            }

            groups.Add(OfGroup(part, first));
        }

        return new Dictionary<object, object?> { ["state"] = state, ["param_groups"] = groups };

        Dictionary<object, object?> OfParameter(string name)
        {
            long steps = stepCounts.GetValueOrDefault(name);
            Dictionary<object, object?> entry = [];
            foreach ((string buffer, Tensor tensor) in buffers(name))
            {
                entry[buffer] = tensor;
            }

            if (Rule == "Adagrad" && entry.Count == 0)
            {
                // PyTorch makes these sums before the first step and looks for them in the next.
                Tensor sum = zeros_like(shapeOf(name));
                sum.Fill(Numbers["initial_accumulator_value"]);
                entry["sum"] = sum;
            }

            if (Rule != "SGD" && entry.Count > 0)
            {
                entry["step"] = tensor((float)steps);
            }

            return entry;
        }
    }

    private Dictionary<object, object?> OfGroup(Group part, int first)
    {
        Dictionary<object, object?> group = new() { ["lr"] = part.Rate };
        if (Numbers.TryGetValue("beta1", out double beta1))
        {
            group["betas"] = new object[] { beta1, Numbers["beta2"] }; // an array becomes a tuple
        }

        foreach ((string name, double value) in Numbers.Where(entry => entry.Key is not ("beta1" or "beta2")))
        {
            group[name] = value;
        }

        foreach ((string name, bool value) in Switches)
        {
            group[name] = value;
        }

        group["weight_decay"] = part.WeightDecay;
        group["maximize"] = false;
        group["foreach"] = null;
        group["capturable"] = false;
        group["differentiable"] = false;
        if (Scheduler is not null)
        {
            group["initial_lr"] = part.BaseRate;
        }

        group["params"] = Enumerable.Range(first, part.Parameters.Count).Cast<object>().ToList();
        group["param_names"] = part.Parameters.Cast<object>().ToList();
        return group;
    }

    /// <summary>Parameters with the same options.</summary>
    /// <param name="Rate">The learning rate of the next step.</param>
    /// <param name="BaseRate">The learning rate before any schedule.</param>
    /// <param name="WeightDecay">The weight decay.</param>
    /// <param name="Parameters">Their names, in PyTorch's order.</param>
    internal sealed record Group(double Rate, double BaseRate, double WeightDecay, IReadOnlyList<string> Parameters);
}
