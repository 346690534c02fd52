namespace TransferLearning;

/// <summary>
/// Trains for a few steps while the rate climbs from very small to very large, then puts everything back as it was: weights, statistics,
/// gradients, LibTorch's generator, and the mode of every module.
/// </summary>
/// <remarks>Smith, "Cyclical Learning Rates for Training Neural Networks" (2015).</remarks>
internal static class LearningRateFinder
{
    public static LearningRateCurve Run(
        TrainingPlan plan, IBatchSource source, Optimizer rule, LearningRateFinderOptions options, CancellationToken cancellationToken)
    {
        FineTuneOptions training = options.Training with { AccumulationSteps = 1, Average = null };
        using TrialState before = new(plan.Network);
        using OptimizerState optimizer = rule.CreateState(
            training.NoDecayOnBiasAndNorm == true ? ParameterGroup.WithoutDecayOnVectors(plan.Groups) : plan.Groups);
        using TrainingStep step = new(plan, training, optimizer, null);
        try
        {
            TrainingMode.Enter(plan.Network, plan.FreezeStatistics);
            return new LearningRateCurve(Climb(step, source, optimizer, options, cancellationToken));
        }
        finally
        {
            optimizer.ZeroGrad();
        }
    }

    private static List<LearningRatePoint> Climb(
        TrainingStep step, IBatchSource source, OptimizerState optimizer, LearningRateFinderOptions options,
        CancellationToken cancellationToken)
    {
        List<LearningRatePoint> points = [];
        double mean = 0, smallest = double.PositiveInfinity;
        for (int epoch = 0; ; epoch++)
        {
            foreach (Batch batch in source.Epoch(epoch, 0, CancellationToken.None))
            {
                using (batch)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    int i = points.Count;
                    optimizer.LearningRate = options.Start * Math.Pow(options.End / options.Start, i / (double)(options.Steps - 1));
                    try
                    {
                        step.Begin();
                        step.Add(batch, epoch, i);
                    }
                    catch (TrainingException) when (i > 0 && step.Losses.HasFailed)
                    {
                        return points; // the loss is NaN or infinite: further right is nothing to see
                    }

                    double loss = step.Losses.Take()[0].Loss;
                    mean = (options.Smoothing * mean) + ((1 - options.Smoothing) * loss);
                    double smoothed = mean / (1 - Math.Pow(options.Smoothing, i + 1));
                    points.Add(new LearningRatePoint(optimizer.LearningRate, loss, smoothed));
                    smallest = Math.Min(smallest, smoothed);
                    if (points.Count == options.Steps || smoothed > options.StopFactor * smallest)
                    {
                        return points;
                    }

                    try
                    {
                        step.Take(epoch, i);
                    }
                    catch (TrainingException)
                    {
                        return points; // the gradients are NaN or infinite
                    }
                }
            }
        }
    }
}
