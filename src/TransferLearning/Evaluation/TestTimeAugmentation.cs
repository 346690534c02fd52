namespace TransferLearning;

/// <summary>Several views of each image, whose predictions are averaged: a little more accurate for as many times the work.</summary>
/// <remarks>Ten views, mirrored and from five places: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional
/// Neural Networks" (2012). Probabilities are averaged, of a regression the numbers. The views are made of the preprocessed image, so that
/// every preprocessor for images has them.</remarks>
/// <param name="Flip">Whether each view is also seen mirrored left to right. Leave it out where left and right mean something: digits,
/// texts, traffic signs.</param>
/// <param name="Shift">By how many pixels the image is moved, up and down with left and right: four views more, whose edge is mirrored.
/// 0 for none.</param>
public sealed record TestTimeAugmentation(bool Flip = true, int Shift = 0)
{
    /// <summary>How many views there are.</summary>
    public int Views => (Shift > 0 ? 5 : 1) * (Flip ? 2 : 1);

    /// <summary>A pass that runs every view and averages.</summary>
    /// <param name="pass">Runs the network once.</param>
    /// <param name="task">What the outputs stand for.</param>
    /// <param name="preprocessor">How samples become inputs.</param>
    /// <exception cref="ArgumentException">There is no view besides the image, or views make no sense here.</exception>
    internal ForwardPass Over(ForwardPass pass, LearningTask task, Preprocessor preprocessor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Shift);
        if (Views == 1)
        {
            throw new ArgumentException(
                $"{nameof(TestTimeAugmentation)} without {nameof(Flip)} and {nameof(Shift)} has no view besides the image: leave it out.");
        }

        Func<Tensor, Tensor> average = task switch
        {
            Classification => Logarithms,
            MultiLabelClassification => logits => nn.functional.logsigmoid(logits).logsumexp(0)
                .sub(nn.functional.logsigmoid(logits.neg()).logsumexp(0)),
            Regression => numbers => numbers.mean([0]),
            _ => throw new ArgumentException(
                $"{nameof(TestTimeAugmentation)} averages predictions of whole images, and this model is for {task.Name}: leave it out."),
        };
        if (preprocessor is SpectrogramPreprocessor)
        {
            throw Senseless("sounds");
        }

        return new ForwardPass(pass.Network, pass.Device)
        {
            Outputs = input =>
            {
                Tensor images = input is ImageInput { Values: { } values } ? values : throw Senseless($"a {input.GetType().Name}");
                return average(stack([.. Seen(images).Select(view => Run(pass, view))], 0));
            },
        };
    }

    private static Tensor Run(ForwardPass pass, Tensor view)
    {
        using ImageInput input = new(view.alias()); // which is disposed with it
        return pass.Run(input).Outputs;
    }

    // The logarithm of the mean probability is a logit again: its softmax is that mean.
    private static Tensor Logarithms(Tensor logits)
        => nn.functional.log_softmax(logits, 2).logsumexp(0).Subtract(Math.Log(logits.size(0)));

    private static ArgumentException Senseless(string what)
        => new($"{nameof(TestTimeAugmentation)} mirrors and moves images, and this model takes {what}: leave it out.");

    private IEnumerable<Tensor> Seen(Tensor images)
    {
        foreach (Tensor view in Moved(images))
        {
            yield return view;
            if (Flip)
            {
                yield return view.flip(3);
            }
        }
    }

    private IEnumerable<Tensor> Moved(Tensor images)
    {
        yield return images.alias();
        if (Shift == 0)
        {
            yield break;
        }

        (long height, long width) = (images.size(2), images.size(3));
        if (Shift >= Math.Min(height, width))
        {
            throw new ArgumentException($"{nameof(Shift)} is {Shift}, and the images have {height} by {width} pixels: move them by less.");
        }

        Tensor padded = nn.functional.pad(images, [Shift, Shift, Shift, Shift], PaddingModes.Reflect);
        foreach ((long top, long left) in new (long, long)[] { (0, 0), (0, 2 * Shift), (2 * Shift, 0), (2 * Shift, 2 * Shift) })
        {
            yield return padded.narrow(2, top, height).narrow(3, left, width).contiguous();
        }
    }
}
