using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

/// <summary>
/// Who uses the network of a model, and in which number type it predicts. The form in which it does is made at the first prediction with
/// an adapter, whose weights it holds, and kept until another use begins: only predictions change nothing. The copies of weights with
/// which it writes are kept as long.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="network">Its network, which is freed with the last use.</param>
internal sealed class ModelUse(TransferModel model, Network network)
{
    private readonly SharedUse _uses = new(model, network.Dispose);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Kept<InferencePass>> _forms = []; // by adapter; "" for none
    private Kept<NarrowWeights>? _narrow;
    private bool _isNarrowKnown;

    /// <summary>The number type in which it predicts.</summary>
    public Precision Precision { get; set; }

    /// <summary>Receives how it does so; null for nobody.</summary>
    public ILogger? Logger { get; set; }

    /// <summary>Begins a use that may change the network; the result's disposal ends it.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public IDisposable Begin()
    {
        Drop();
        return _uses.Begin();
    }

    /// <summary>Begins predictions.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Prediction Predict() => new(this, _uses.Begin());

    /// <summary>Refuses new uses and frees the network with the last one.</summary>
    public void End()
    {
        Drop();
        _uses.End();
    }

    private void Drop()
    {
        lock (_gate)
        {
            foreach (Kept<InferencePass> form in _forms.Values)
            {
                form.Uses.End();
            }

            _forms.Clear();
            _narrow?.Uses.End();
            (_narrow, _isNarrowKnown) = (null, false);
        }
    }

    private (ForwardPass Pass, IDisposable Use) Fast()
    {
        lock (_gate)
        {
            string adapter = network.Adapters.Active ?? "";
            if (!_forms.TryGetValue(adapter, out Kept<InferencePass>? form))
            {
                form = new Kept<InferencePass>(new InferencePass(network, model.Device, Precision, Logger));
                _forms.Add(adapter, form);
            }

            return (form.Item.Pass, form.Uses.Begin());
        }
    }

    private (NarrowWeights Weights, IDisposable Use)? Narrow()
    {
        lock (_gate)
        {
            if (!_isNarrowKnown)
            {
                _isNarrowKnown = true;
                ILogger logger = Logger ?? NullLogger.Instance;
                if (NarrowWeights.AreFaster(model.Device, Precision))
                {
                    _narrow = new Kept<NarrowWeights>(new NarrowWeights(Precision, network.GetName(), logger));
                    FormsLog.Narrow(logger, network.GetName(), Precision);
                }
                else
                {
                    FormsLog.NotNarrow(logger, network.GetName(), Precision);
                }
            }

            return _narrow is null ? null : (_narrow.Item, _narrow.Uses.Begin());
        }
    }

    private sealed class Kept<T>(T item)
        where T : IDisposable
    {
        public T Item => item;

        public SharedUse Uses { get; } = new(item, item.Dispose);
    }

    /// <summary>Predictions that are under way.</summary>
    public sealed class Prediction(ModelUse owner, IDisposable use) : IDisposable
    {
        private (ForwardPass Pass, IDisposable Use)? _fast;
        private (NarrowWeights Weights, IDisposable Use)? _narrow;

        /// <summary>How the network is run.</summary>
        public ForwardPass Pass()
            => owner.Precision == Precision.Float32 ? new ForwardPass(owner.Network, owner.Device) : (_fast ??= owner.Fast()).Pass;

        /// <summary>The copies of weights with which it writes; null for none.</summary>
        public NarrowWeights? Narrow()
            => owner.Precision == Precision.Float32 ? null : (_narrow ??= owner.Narrow())?.Weights;

        public void Dispose()
        {
            _fast?.Use.Dispose();
            _narrow?.Use.Dispose();
            use.Dispose();
        }
    }

    private Network Network => network;

    private Device Device => model.Device;
}
