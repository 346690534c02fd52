using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>Every schedule of schedules.json, counted in steps and counted in epochs.</summary>
[Trait("Category", "Parity")]
public sealed class ScheduleParityTests
{
    private static readonly JsonDocument Golden = ParityFolder.Json("schedules.json");

    public static TheoryData<string> Cases()
        => [.. Golden.RootElement.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("id").GetString()!)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gives_the_rates_of_PyTorch(string id)
    {
        JsonElement golden = Golden.RootElement;
        JsonElement run = golden.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("id").GetString() == id);
        double tolerance = golden.GetProperty("relative_tolerance").GetDouble();
        double[] rates = Numbers(run, "lr")!;
        (ScheduleUnit, int)[] countings = [(ScheduleUnit.Step, 1), (ScheduleUnit.Epoch, 1), (ScheduleUnit.Epoch, 3)];
        double[]? momenta = Numbers(run, "momentum"), losses = Numbers(run, "losses");
        double baseRate = run.GetProperty("base_lr").GetDouble();
        LearningRateSchedule schedule = Create(run.GetProperty("scheduler").GetString()!, run.GetProperty("args"), baseRate);
        Assert.NotEmpty(rates);
        foreach ((ScheduleUnit unit, int stepsPerEpoch) in countings)
        {
            LearningRateSchedule counted = InUnit(schedule, unit);
            for (int t = 0; t < rates.Length * stepsPerEpoch; t++)
            {
                int position = t / stepsPerEpoch;
                double[] seen = [.. losses?.Take(position) ?? []];
                ScheduleMoment moment = new(t, rates.Length * stepsPerEpoch, stepsPerEpoch, baseRate, seen);
                AssertNear(rates[position], counted.LearningRate(moment), tolerance, $"{id}, {unit} {position}: rate");
                if (momenta is not null)
                {
                    AssertNear(momenta[position], counted.Momentum(moment) ?? double.NaN, tolerance, $"{id}, {unit} {position}: momentum");
                }
            }
        }
    }

    private static void AssertNear(double expected, double actual, double tolerance, string what)
    {
        double allowed = (tolerance * Math.Abs(expected)) + 1e-12;
        Assert.True(Math.Abs(expected - actual) <= allowed, $"{what} is {actual:R}, PyTorch has {expected:R}.");
    }

    private static LearningRateSchedule InUnit(LearningRateSchedule schedule, ScheduleUnit unit) => schedule switch
    {
        WarmupSchedule warmup => new WarmupSchedule(InUnit(warmup.Then, unit), warmup.Length, warmup.StartFactor) { Unit = unit },
        _ => schedule with { Unit = unit },
    };

    private static double[]? Numbers(JsonElement run, string name)
        => run.TryGetProperty(name, out JsonElement list)
            ? [.. list.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Null ? double.NaN : v.GetDouble())]
            : null;

    private static LearningRateSchedule Create(string kind, JsonElement arguments, double baseRate)
    {
        GoldenArguments options = new(arguments);
        LearningRateSchedule schedule = kind switch
        {
            "StepLR" => new StepSchedule(options.Whole("step_size", 0), options.Number("gamma", 0.1)),
            "MultiStepLR" => new MultiStepSchedule(options.List("milestones")!.Select(v => (int)v), options.Number("gamma", 0.1)),
            "ExponentialLR" => new ExponentialSchedule(options.Number("gamma", double.NaN)),
            "CosineAnnealingLR" => new CosineSchedule(options.Whole("T_max", 0), options.Number("eta_min", 0)),
            "CosineAnnealingWarmRestarts" => new CosineWarmRestartsSchedule(
                options.Whole("T_0", 0), options.Whole("T_mult", 1), options.Number("eta_min", 0)),
            "OneCycleLR" => OneCycle(options),
            "LinearLR" => new LinearSchedule(
                options.Number("start_factor", 1.0 / 3), options.Number("end_factor", 1), options.Whole("total_iters", 5)),
            "ConstantLR" => new ConstantSchedule(options.Number("factor", 1.0 / 3), options.Whole("total_iters", 5)),
            "PolynomialLR" => new PolynomialSchedule(options.Whole("total_iters", 5), options.Number("power", 1)),
            "CyclicLR" => Cyclic(options),
            "SequentialLR" => Sequential(options),
            "WarmupCosine" => WarmupCosine(options, baseRate),
            "ReduceLROnPlateau" => Plateau(options),
            _ => throw new InvalidDataException($"Unknown scheduler '{kind}'."),
        };
        options.AssertAllUsed();
        return schedule;
    }

    private static OneCycleSchedule OneCycle(GoldenArguments options) => new(
        options.Number("max_lr", double.NaN), options.Whole("total_steps", 0), options.Number("pct_start", 0.3),
        options.Number("div_factor", 25), options.Number("final_div_factor", 1e4))
    {
        ThreePhases = options.Flag("three_phase"),
        Linear = options.Choice("anneal_strategy", "cos", "linear") == "linear",
        MovesMomentum = options.Flag("cycle_momentum", true),
        SmallestMomentum = options.Number("base_momentum", 0.85),
        LargestMomentum = options.Number("max_momentum", 0.95),
    };

    private static CyclicSchedule Cyclic(GoldenArguments options)
    {
        int up = options.Whole("step_size_up", 2000);
        string mode = options.Choice("mode", "triangular", "triangular2", "exp_range");
        double gamma = options.Number("gamma", 1);
        return new CyclicSchedule(
            options.Number("base_lr", double.NaN), options.Number("max_lr", double.NaN), up, options.Whole("step_size_down", up))
        {
            CycleFactor = mode is "triangular2" ? 0.5 : 1,
            UnitFactor = mode is "exp_range" ? gamma : 1,
            MovesMomentum = options.Flag("cycle_momentum", true),
        };
    }

    private static WarmupSchedule Sequential(GoldenArguments options)
    {
        Assert.Equal("LinearLR", options.Choice("warmup", "", "LinearLR"));
        Assert.Equal("CosineAnnealingLR", options.Choice("main", "", "CosineAnnealingLR"));
        return new WarmupSchedule(
            new CosineSchedule(options.Whole("T_max", 0), options.Number("eta_min", 0)),
            options.Whole("warmup_steps", 0),
            options.Number("start_factor", 0));
    }

    private static WarmupSchedule WarmupCosine(GoldenArguments options, double baseRate)
    {
        int warmup = options.Whole("warmup_steps", 0);
        return new WarmupSchedule(
            new CosineSchedule(options.Whole("total_steps", 0) - warmup, options.Number("final_factor", 0) * baseRate) { HoldAtEnd = true },
            warmup,
            options.Number("start_factor", 0));
    }

    private static ReduceOnPlateauSchedule Plateau(GoldenArguments options) => new(
        options.Number("factor", 0.1), options.Whole("patience", 10), options.Number("threshold", 1e-4), options.Whole("cooldown", 0),
        options.Number("min_lr", 0), options.Number("eps", 1e-8))
    {
        LargerIsBetter = options.Choice("mode", "min", "max") == "max",
        AbsoluteThreshold = options.Choice("threshold_mode", "rel", "abs") == "abs",
    };
}
