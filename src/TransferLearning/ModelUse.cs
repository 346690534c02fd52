namespace TransferLearning;

/// <summary>
/// Who uses the network of a model, and in which number type it predicts. The form in which it does is made at the first prediction with
/// an adapter, whose weights it holds, and kept until another use begins: only predictions change nothing.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="network">Its network, which is freed with the last use.</param>
internal sealed class ModelUse(TransferModel model, Network network)
{
    private readonly SharedUse _uses = new(model, network.Dispose);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Form> _forms = []; // by adapter; "" for none

    /// <summary>The number type in which it predicts.</summary>
    public Precision Precision { get; set; }

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
            foreach (Form form in _forms.Values)
            {
                form.Uses.End();
            }

            _forms.Clear();
        }
    }

    private (ForwardPass Pass, IDisposable Use) Fast()
    {
        lock (_gate)
        {
            string adapter = network.Adapters.Active ?? "";
            if (!_forms.TryGetValue(adapter, out Form? form))
            {
                form = new Form(new InferencePass(network, model.Device, Precision));
                _forms.Add(adapter, form);
            }

            return (form.Pass.Pass, form.Uses.Begin());
        }
    }

    private sealed class Form
    {
        public Form(InferencePass pass) => (Pass, Uses) = (pass, new SharedUse(pass, pass.Dispose));

        public InferencePass Pass { get; }

        public SharedUse Uses { get; }
    }

    /// <summary>Predictions that are under way.</summary>
    public sealed class Prediction(ModelUse owner, IDisposable use) : IDisposable
    {
        private (ForwardPass Pass, IDisposable Use)? _fast;

        /// <summary>How the network is run.</summary>
        public ForwardPass Pass()
            => owner.Precision == Precision.Float32 ? new ForwardPass(owner.Network, owner.Device) : (_fast ??= owner.Fast()).Pass;

        public void Dispose()
        {
            _fast?.Use.Dispose();
            use.Dispose();
        }
    }

    private Network Network => network;

    private Device Device => model.Device;
}
