namespace TransferLearning;

/// <summary>A schedule in the words of <c>torch.optim.lr_scheduler</c>.</summary>
/// <param name="Kind">The class: <c>StepLR</c>.</param>
/// <param name="Unit">What its <c>step()</c> is called after.</param>
/// <param name="Position">How many units have passed.</param>
/// <param name="Numbers">Its attributes.</param>
/// <param name="Milestones">The milestones of <c>MultiStepLR</c>; empty for the others.</param>
internal sealed record SchedulerOutline(
    string Kind, ScheduleUnit Unit, long Position, IReadOnlyDictionary<string, double> Numbers, IReadOnlyList<int> Milestones)
{
    private static readonly HashSet<string> Whole = ["step_size", "total_iters", "T_max", "T_0", "T_i", "T_mult", "T_cur"];

    /// <summary>What gives the same rates in PyTorch; null where there is nothing.</summary>
    public static SchedulerOutline? Of(LearningRateSchedule schedule, in ScheduleMoment moment)
    {
        long position = moment.Position(schedule.Unit);
        double length = moment.Length(schedule.Unit);
        return schedule switch
        {
            ConstantSchedule { Length: > 0 } constant => Outline(
                "ConstantLR", ("factor", constant.Factor), ("total_iters", constant.Length)),
            StepSchedule step => Outline("StepLR", ("step_size", step.StepSize), ("gamma", step.Gamma)),
            MultiStepSchedule steps => Outline("MultiStepLR", ("gamma", steps.Gamma)) with { Milestones = steps.Milestones },
            ExponentialSchedule exponential => Outline("ExponentialLR", ("gamma", exponential.Gamma)),
            LinearSchedule line => Outline(
                "LinearLR", ("start_factor", line.StartFactor), ("end_factor", line.EndFactor), ("total_iters", line.Length)),
            PolynomialSchedule polynomial => Outline(
                "PolynomialLR", ("total_iters", polynomial.Length ?? length), ("power", polynomial.Power)),
            CosineSchedule { HoldAtEnd: false } cosine => Outline(
                "CosineAnnealingLR", ("T_max", cosine.Length ?? length), ("eta_min", cosine.MinimumRate)),
            CosineWarmRestartsSchedule restarts => OfRestarts(restarts),
            _ => null,
        };

        SchedulerOutline Outline(string kind, params (string Name, double Value)[] numbers)
            => new(kind, schedule.Unit, position, numbers.ToDictionary(entry => entry.Name, entry => entry.Value), []);

        SchedulerOutline OfRestarts(CosineWarmRestartsSchedule restarts)
        {
            long since = position, period = restarts.FirstLength;
            while (since >= period)
            {
                since -= period;
                period *= restarts.LengthFactor;
            }

            return Outline(
                "CosineAnnealingWarmRestarts", ("T_0", restarts.FirstLength), ("T_i", period), ("T_mult", restarts.LengthFactor),
                ("eta_min", restarts.MinimumRate), ("T_cur", since));
        }
    }

    /// <summary>The state dict that the scheduler's <c>load_state_dict</c> takes.</summary>
    public Dictionary<object, object?> ToStateDict(IReadOnlyList<OptimizerOutline.Group> groups)
    {
        Dictionary<object, object?> state = [];
        foreach ((string name, double value) in Numbers)
        {
            state[name] = Whole.Contains(name) && double.IsInteger(value) ? (long)value : value;
        }

        if (Kind == "MultiStepLR")
        {
            state["milestones"] = Milestones
                .CountBy(milestone => milestone)
                .ToDictionary(entry => (object)entry.Key, entry => (object?)entry.Value);
        }

        state["base_lrs"] = groups.Select(part => (object)part.BaseRate).ToList();
        state["_last_lr"] = groups.Select(part => (object)part.Rate).ToList();
        state["last_epoch"] = Position;
        state["_step_count"] = Position + 1;
        state["verbose"] = false;
        state["_get_lr_called_within_step"] = false;
        return state;
    }
}
