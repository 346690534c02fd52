using TransferLearning.Layers;

namespace TransferLearning;

/// <summary>
/// Holds what layers give near what they gave when the run began: DELTA (Li et al., "DELTA: Deep Learning Transfer Using Feature Map With
/// Attention for Convolutional Networks", 2019). For each batch, alpha / 2 times the sum over samples and channels of C · attention ·
/// |difference of the maps|² / (h w), and beta / 2 · |head|², are added to the loss; the network of the start runs on each batch too.
/// </summary>
/// <remarks>Of tokens, [N, T, D], a place is a token and padding counts as one.</remarks>
public sealed record Delta : TrainingMethod
{
    /// <summary>Creates the method.</summary>
    /// <param name="alpha">The factor of the distance of maps, at least 0; the published one.</param>
    /// <param name="beta">The factor of the head, at least 0; the published one.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public Delta(double alpha = 0.01, double beta = 0.01)
        => (Alpha, Beta) = (ValidNumber.NotNegative(alpha, nameof(alpha)), ValidNumber.NotNegative(beta, nameof(beta)));

    /// <summary>The factor of the distance of maps.</summary>
    public double Alpha { get; }

    /// <summary>The factor of the head.</summary>
    public double Beta { get; }

    /// <summary>The modules whose outputs are compared: <c>layer4.1.conv2</c>. Default: null, those of <see cref="Attention"/>, or the last
    /// of each stage.</summary>
    public IReadOnlyList<string>? Layers { get; init; }

    /// <summary>How much each channel counts, as <c>model.MeasureAttention</c> measures it. Default: null, 1 each: behavioural
    /// regularisation.</summary>
    public ChannelAttention? Attention { get; init; }

    /// <inheritdoc/>
    public override MethodInput Input => MethodInput.Network;

    /// <inheritdoc/>
    public override bool ServesRecomputation => false;

    /// <inheritdoc/>
    public override TrainingMethodState Begin(TrainingMethodContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Network network = context.Network;
        BackboneAndHead weights = BackboneAndHead.Of(network);
        if (weights.Backbone.Count == 0)
        {
            throw new ArgumentException(
                $"{nameof(Delta)} holds the backbone near its start, and nothing in it is trained: call Unfreeze() or UnfreezeFrom(stage), "
                    + "or leave it out.");
        }

        (NetworkLayers layers, long[] channels) = FirstSample.Run(context, batch =>
        {
            ForwardPass pass = new(network, context.Device);
            NetworkLayers chosen = (Layers ?? Attention?.Layers) is { } names
                ? NetworkLayers.Named(network, names)
                : NetworkLayers.OfStages(network, () => pass.Run(batch.Input));
            return (chosen, Array.ConvertAll(chosen.Watch(() => pass.Run(batch.Input)).Maps, map => map.size(1)));
        });
        return new State(
            this, context.Options.AccumulationSteps, weights, layers, new StartingNetwork(network),
            [.. layers.Names.Select((name, i) => Attention?.Of(name, channels[i], context.Device))]);
    }

    private sealed class State(
        Delta method, int batches, BackboneAndHead weights, NetworkLayers layers, StartingNetwork start, Tensor?[] attention)
        : TrainingMethodState
    {
        public override StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
        {
            ArgumentNullException.ThrowIfNull(step);
            ArgumentNullException.ThrowIfNull(next);
            (_, Tensor[] source) = start.Run(() => layers.Watch(() => step.Pass.Run(step.Batch.Input)));
            (StepLoss result, Tensor[] maps) = layers.Watch(() => next(step.Batch));
            Tensor loss = WeightDistance.Of([], weights.Head, 0, method.Beta).Add(result.Loss);
            for (int i = 0; i < maps.Length; i++)
            {
                Tensor squared = FeatureDistance.Squared(maps[i], source[i]);
                Tensor distance = FeatureDistance.Weighted(squared, attention[i], maps[i].size(2) * maps[i].size(3));

                // It is a sum over samples, and the step takes the mean over its batches.
                loss = loss.Add(distance.Multiply(method.Alpha * batches));
            }

            return result with { Loss = loss };
        }

        protected override void Dispose(bool disposing)
        {
            start.Dispose();
            Array.ForEach(attention, weights => weights?.Dispose());
            base.Dispose(disposing);
        }
    }
}
